"""Circuits run by JAX: on a CPU or GPU, on one device or on many, of one host or of many.

Needs JAX, so nothing else of the backend imports it. In the order of reading: `devices` finds what to run on,
`partition` deals the rows of a board out, `margins` fetches what a device has to see of its neighbours, `generations`
runs the circuit, and `kernel` joins them. For classifiers `schedule` puts a circuit into steps of one width, `packed`
runs these on packed words, `batches` cuts samples into parts, and `classifier` joins them.
"""

from ca_logic.backend.device.classifier import DeviceClassifier
from ca_logic.backend.device.devices import find_devices, take_cores_as_devices, use_device
from ca_logic.backend.device.kernel import DeviceKernel

__all__ = ["DeviceClassifier", "DeviceKernel", "find_devices", "take_cores_as_devices", "use_device"]

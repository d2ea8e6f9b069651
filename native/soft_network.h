/* The forward and the backward pass of soft networks, as calls for XLA's CPU backend.
 *
 * Each is an XLA_FFI_Handler: it takes an XLA_FFI_CallFrame and returns NULL or an XLA_FFI_Error. What they expect as
 * arguments, results and attributes stands before each in soft_network.c. */
void *soft_network_forward(void *call_frame);
void *soft_network_backward(void *call_frame);

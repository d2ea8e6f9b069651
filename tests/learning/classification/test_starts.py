"""Training that starts from several initial networks: the best start counts, and a restart changes nothing."""

import numpy as np
import pytest

from ca_logic.errors import UsageError
from ca_logic.learning.classification import ClassifierRecipe, ClassifierTraining, build_classifier
from ca_logic.learning.device import compiled_programs_kept
from ca_logic.tasks.datasets import Column, DataSet, Split, split_data
from ca_logic.tasks.encoding import fit_encoder

NUM_BITS = 20
STARTS, STEPS = 12, 150
RECIPE = ClassifierRecipe(
    layers=(1, 2),
    tau=0.7,
    wiring="learnable",
    num_candidates=NUM_BITS,
    is_residual=False,
    steps=STARTS * STEPS,
    starts=STARTS,
    batch_size=512,
    learning_rate=0.1,
    wire_rate=1,
    evaluate_every=25,
)


def conjunction() -> Split:
    """Samples whose class is that two of twenty bits are set, which one start in some finds."""
    rng = np.random.default_rng(0)
    features = rng.integers(0, 2, (400, NUM_BITS)).astype(np.float32)
    labels = (features[:, 3] * features[:, 11]).astype(np.int32)
    columns = tuple(Column(f"x{bit}", "number") for bit in range(NUM_BITS))
    return split_data(DataSet("conjunction", columns, features, labels, ("no", "yes")), validation=0)


def training(split: Split, recipe: ClassifierRecipe = RECIPE) -> ClassifierTraining:
    return ClassifierTraining(build_classifier(recipe, fit_encoder(split), 2, seed=0), split, recipe)


def test_the_start_that_ended_best_counts_the_earliest_of_equals() -> None:
    split = conjunction()
    trained = training(split).run()
    ends = [seen.hard_accuracy for seen in trained.evaluations if seen.step % STEPS == 0]
    assert len(ends) == STARTS
    assert trained.state.best_accuracy == max(ends) == 1.0
    assert min(ends) < 0.9
    assert trained.step == STEPS * (1 + ends.index(1.0))


def test_training_from_several_starts_goes_on_as_if_it_had_never_stopped() -> None:
    split = conjunction()
    with compiled_programs_kept():
        whole = training(split).run()
        stopped = training(split)
        # Between two starts, where the next one is still to be drawn.
        first = stopped.run(should_stop=lambda: stopped.state.step == 2 * STEPS)
        resumed = training(split)
        resumed.state = first.state
        rest = resumed.run()
    assert [(seen.step, seen.loss) for seen in first.evaluations + rest.evaluations] == [
        (seen.step, seen.loss) for seen in whole.evaluations
    ]
    assert rest.step == whole.step


def test_validation_samples_choose_among_all_steps_of_all_starts() -> None:
    split = conjunction()
    rows = split.train_rows
    split = Split(split.data, rows[:200], rows[200:], split.test_rows)
    trained = training(split).run()
    best = max(seen.hard_accuracy for seen in trained.evaluations)
    assert trained.state.best_accuracy == best
    assert trained.step == max(seen.step for seen in trained.evaluations if seen.hard_accuracy == best)


def test_the_last_start_may_have_fewer_steps() -> None:
    recipe = ClassifierRecipe(layers=(2,), tau=1, steps=25, starts=3, num_candidates=NUM_BITS, evaluate_every=100)
    assert recipe.steps_of_start == 9
    assert [seen.step for seen in training(conjunction(), recipe).run().evaluations] == [9, 18, 25]


def test_no_start_at_all_is_refused() -> None:
    with pytest.raises(UsageError, match="starts of 0 cannot be"):
        ClassifierRecipe(layers=(2,), tau=1, starts=0)

"""A study of classifiers: data sets, folds and seeds, and how often the compiled circuit is right; resumable."""

from ca_logic.classifier_study.outcome import Outcome
from ca_logic.classifier_study.picture import study_picture
from ca_logic.classifier_study.rows import Row, rows_of
from ca_logic.classifier_study.running import RESULTS, run_study
from ca_logic.classifier_study.subject import Subject

__all__ = ["RESULTS", "Outcome", "Row", "Subject", "rows_of", "run_study", "study_picture"]

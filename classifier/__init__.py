"""Which burden a text complains of: text in, Prediction out. Knows no application and no database."""

from classifier import mentions, similarity
from classifier.corpus import CorpusError, Example
from classifier.model import Classifier, ModelError, Prediction
from classifier.text import Segmenter, normalise, segmenter, spellings
from classifier.training import train

__all__ = [
    "Classifier",
    "CorpusError",
    "Example",
    "ModelError",
    "Prediction",
    "Segmenter",
    "mentions",
    "normalise",
    "segmenter",
    "similarity",
    "spellings",
    "train",
]

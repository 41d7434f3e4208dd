"""Health on a cluster: what one process measures."""

import pytest

from sda_lib.audio.corpus import Corpus
from sda_lib.cluster.cluster import open_cluster
from sda_lib.health.diagnose import diagnose
from sda_lib.health.on_cluster import diagnose_on_cluster
from sda_lib.model.model import SdaModel

pytestmark = pytest.mark.slow


def test_workers_measure_what_this_process_measures(tiny_model_path, tiny_corpus):
    corpus = Corpus.from_folder(tiny_corpus)
    with open_cluster(1) as cluster:
        (found,) = diagnose_on_cluster(cluster, [tiny_model_path], corpus)
    here = diagnose(SdaModel.load(tiny_model_path), corpus)
    assert found.facts() == here.facts()
    assert [one.distance for one in found.fidelity.files] == [one.distance for one in here.fidelity.files]

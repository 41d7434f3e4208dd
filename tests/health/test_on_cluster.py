"""Health on a cluster: the reports of one process, in the order of the models."""

import pytest

from sda_lib.audio.corpus import Corpus
from sda_lib.cluster.cluster import open_cluster
from sda_lib.health.diagnose import diagnose
from sda_lib.health.on_cluster import diagnose_on_cluster
from sda_lib.model.model import SdaModel

pytestmark = pytest.mark.slow


def test_workers_measure_what_this_process_measures(tiny_model_path, grouped_model_path, tiny_corpus):
    models, corpus = (tiny_model_path, grouped_model_path), Corpus.from_folder(tiny_corpus)
    with open_cluster(1) as cluster:
        own = list(diagnose_on_cluster(cluster, models))
        (foreign,) = diagnose_on_cluster(cluster, models[:1], corpus)
    assert [found.name for found in own] == ["tiny", "grouped"]
    here = diagnose(SdaModel.load(tiny_model_path), corpus)
    assert foreign.facts() == here.facts()
    assert [one.distance for one in foreign.fidelity.files] == [one.distance for one in here.fidelity.files]

"""Train a model on all rows and hand it out beside a table: its port is named by the return annotation."""

from typing import NamedTuple

import pandas as pd
from sklearn.ensemble import RandomForestClassifier


class Trained(NamedTuple):
    dataset: pd.DataFrame
    model: object


def azureml_main(dataframe1, label: str = "diabetes", seed: int = 876) -> Trained:
    features = dataframe1.drop(columns=label)
    model = RandomForestClassifier(n_estimators=100, min_samples_leaf=5, oob_score=True, random_state=seed)
    model.fit(features, dataframe1[label])
    return Trained(pd.DataFrame({"rows": [len(features)], "out_of_bag_accuracy": [model.oob_score_]}), model)

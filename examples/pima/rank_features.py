"""Rank the features of a table by how much an ensemble of trees relies on each of them."""

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.ensemble import GradientBoostingClassifier


def azureml_main(dataframe1, label: str = "diabetes", trees: int = 100, seed: int = 876):
    features = dataframe1.drop(columns=label)
    ensemble = GradientBoostingClassifier(n_estimators=trees, random_state=seed)
    ensemble.fit(features, dataframe1[label])

    ranking = pd.DataFrame({"feature": features.columns, "importance": ensemble.feature_importances_})
    ranking = ranking.sort_values("importance", ascending=False, ignore_index=True)

    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    axes.barh(ranking["feature"][::-1], ranking["importance"][::-1])
    axes.set_xlabel("importance")
    axes.set_title(f"What {trees} trees rely on to tell {label}")
    figure.savefig("importances.png", dpi=120)
    plt.close(figure)
    return (ranking,)

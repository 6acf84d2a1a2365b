"""Plot each pair of four features against each other: an image left in the working directory is a result."""

import matplotlib.pyplot as plt
from pandas.plotting import scatter_matrix


def azureml_main(dataframe1):
    features = dataframe1[["glucose", "mass", "age", "pedigree"]]
    scatter_matrix(features, figsize=(8, 8), alpha=0.4, diagonal="hist")
    plt.savefig("scatter.png")
    plt.close()
    return (features.corr().rename_axis("feature").reset_index(),)

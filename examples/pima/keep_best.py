"""Keep the features that a ranking puts first, and the label."""


def azureml_main(dataframe1, dataframe2, label: str = "diabetes", count: int = 5):
    best = dataframe2.nlargest(count, "importance")["feature"]
    return dataframe1[[*best, label]]

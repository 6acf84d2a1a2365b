"""Join two tables: the first connected input is the first parameter, the second the second."""


def azureml_main(dataframe1=None, dataframe2=None):
    orders = dataframe1.merge(dataframe2, on="customer", how="left")
    total = orders.groupby(["customer", "town"], dropna=False, as_index=False)["amount"].sum()
    return (total.sort_values("amount", ascending=False),)

"""Give the customers one spelling for each plan, an age for everyone, and each customer once."""


def azureml_main(dataframe1):
    customers = dataframe1.drop_duplicates("customer").copy()
    customers["plan"] = customers["plan"].str.strip().str.lower()
    customers["age_known"] = customers["age"].notna().astype("int64")
    customers["age"] = customers["age"].fillna(customers["age"].median())
    return customers

"""Sum up the rain of each month."""


def azureml_main(dataframe1, wet: float = 1.0):
    days = dataframe1.assign(month=dataframe1["day"].astype(str).str.slice(0, 7))
    days["wet_days"] = days["millimetres"] >= wet
    return days.groupby("month", as_index=False)[["wet_days", "millimetres"]].sum()

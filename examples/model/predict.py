"""Score a table with a model another script trained: a parameter annotated `object` takes it as it is."""


def azureml_main(dataframe1, model: object, label: str = "diabetes"):
    features = dataframe1[list(model.feature_names_in_)]
    scored = dataframe1.assign(scored_label=model.predict(features))
    scored["scored_probability"] = model.predict_proba(features)[:, list(model.classes_).index("pos")]
    return (scored[[label, "scored_label", "scored_probability"]],)

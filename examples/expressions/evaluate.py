"""Evaluate arithmetic that arrives as text: one expression a row in, the expression and its result out."""


def azureml_main(dataframe1):
    results = [eval(expression, {"__builtins__": {}}) for expression in dataframe1["expression"]]
    return (dataframe1.assign(result=results),)

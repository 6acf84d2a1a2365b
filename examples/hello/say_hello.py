"""Import a module from the script bundle: what the bundle holds is importable as it is."""

import pandas as pd
from hello import print_hello


def azureml_main():
    print_hello("World")
    return (pd.DataFrame({"greeted": ["World"]}),)

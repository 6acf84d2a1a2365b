"""The module that travels in the script bundle."""


def print_hello(name):
    print(f"Hello {name}!")

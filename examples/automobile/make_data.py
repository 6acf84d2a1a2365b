"""Make cars.csv and makes.csv: invented cars of invented makes, drawn with a fixed seed."""

import csv
import math
import random
from pathlib import Path

HERE = Path(__file__).parent
MAKES = {"Aldar": 0.0, "Brisa": -0.15, "Corvane": 0.35, "Dunmore": 0.1, "Elvet": -0.05, "Fenwick": 0.2}
CYLINDERS = {"two": 70, "three": 60, "four": 95, "five": 120, "six": 150, "eight": 190, "twelve": 260}
SHARES = (2, 3, 60, 5, 20, 8, 2)
HEADER = (
    "make_id", "losses", "fuel", "doors", "cylinders", "horsepower", "weight", "length", "mpg", "price",
)  # fmt: skip


def main() -> None:
    draw = random.Random(123)
    cars = [car(draw) for _ in range(220)]
    cars += draw.sample(cars, 10)
    write("cars.csv", HEADER, cars)
    write("makes.csv", ("make_id", "make"), list(enumerate(MAKES, start=1)))


def car(draw: random.Random) -> tuple:
    make = draw.randrange(len(MAKES))
    (cylinders,) = draw.choices(list(CYLINDERS), SHARES)
    horsepower = round(draw.gauss(CYLINDERS[cylinders], 12))
    weight = round(1500 + 9 * horsepower + draw.gauss(0, 180))
    length = round(130 + weight / 60 + draw.gauss(0, 5), 1)
    mpg = round(60000 / (weight + 6 * horsepower) + draw.gauss(0, 1.5), 1)
    fuel = "diesel" if draw.random() < 0.12 else "gas"
    premium = list(MAKES.values())[make]
    price = round(math.exp(7.6 + 0.006 * horsepower + weight / 3500 + premium + draw.gauss(0, 0.12)))
    losses = draw.randint(65, 250) if draw.random() < 0.8 else ""
    doors = draw.choice(["two", "four", "four"])
    return (
        make + 1, losses, fuel, unless(draw, 0.01, doors), cylinders, unless(draw, 0.02, horsepower), weight,
        length, mpg, unless(draw, 0.02, price),
    )  # fmt: skip


def unless(draw: random.Random, share: float, value: object) -> object:
    return "" if draw.random() < share else value


def write(name: str, header: tuple[str, ...], rows: list[tuple]) -> None:
    with (HERE / name).open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


if __name__ == "__main__":
    main()

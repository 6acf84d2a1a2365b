"""Make customers.csv and usage.csv: invented people, drawn with a fixed seed."""

import csv
import math
import random
from pathlib import Path

HERE = Path(__file__).parent
PLANS = {"basic": 0.4, "family": -0.3, "flat": 0.0}


def main() -> None:
    draw = random.Random(876)
    customers, usage = [], []
    for number in range(1, 401):
        plan = draw.choice(list(PLANS))
        age, years = draw.randint(18, 80), draw.randint(0, 12)
        habit = draw.lognormvariate(5.2, 0.5)
        complaining = draw.random() < 0.25
        months = []
        for month in range(1, 7):
            complained = int(draw.random() < (0.35 if complaining else 0.05))
            months.append((number, month, round(habit * draw.uniform(0.6, 1.4)), complained))
        usage += months
        score = (
            -0.6 + PLANS[plan] - 0.22 * years + 0.9 * sum(month[3] for month in months) - 0.01 * (age - 45)
        )
        left = draw.random() < 1 / (1 + math.exp(-score))
        spelling = draw.choice([plan, plan, plan.upper(), f" {plan.title()}"])
        shown = "" if draw.random() < 0.08 else age
        customers.append((number, spelling, shown, years, "yes" if left else "no"))
    customers += draw.sample(customers, 12)
    draw.shuffle(customers)
    write("customers.csv", ("customer", "plan", "age", "years", "left"), customers)
    write("usage.csv", ("customer", "month", "minutes", "complaints"), usage)


def write(name: str, header: tuple[str, ...], rows: list[tuple]) -> None:
    with (HERE / name).open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


if __name__ == "__main__":
    main()

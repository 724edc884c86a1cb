"""What Python itself makes of a data set, in two parts."""

from dataclasses import dataclass, field

from sklearn.model_selection import train_test_split


@dataclass
class Data:
    """Raw samples in the order of the files, images as [samples, height, width, channels]."""

    x: dict
    y: dict
    task: str = "classification"
    rows: int = 32  # training samples of the step that is compared
    tables: dict = field(default_factory=dict)  # as pandas has them, where samples are rows of mixed columns

    @property
    def outputs(self):
        labels = self.y["train"]
        return 1 + int(labels.max()) if self.task == "classification" else labels.reshape(len(labels), -1).shape[1]


def split(x, y, test=0.25, seed=0, stratify=True):
    a, b, c, d = train_test_split(x, y, test_size=test, random_state=seed, stratify=y if stratify else None)
    return Data({"train": a, "test": b}, {"train": c, "test": d})

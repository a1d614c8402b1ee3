"""The networks of the suite `layers`, by the names of their parameters in model.ts."""
from collections import OrderedDict

from torch import nn


def cnn():
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(1, 32, 3, padding=1),
            norm1=nn.BatchNorm2d(32),
            relu1=nn.ReLU(),
            pool1=nn.MaxPool2d(2),
            conv2=nn.Conv2d(32, 64, 3, padding=1),
            norm2=nn.BatchNorm2d(64),
            relu2=nn.ReLU(),
            pool2=nn.MaxPool2d(2),
            flatten=nn.Flatten(),
            head=nn.Linear(64 * 7 * 7, 10),
        )
    )


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(28, 128, batch_first=True)
        self.head = nn.Linear(128, 10)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.head(out[:, -1])


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(28, 128)
        self.layer = nn.TransformerEncoderLayer(128, 4, dim_feedforward=512, dropout=0, batch_first=True)
        self.head = nn.Linear(128, 10)

    def forward(self, x):
        return self.head(self.layer(self.embed(x)).mean(1))


NETWORKS = {"cnn": cnn, "lstm": Lstm, "encoder": Encoder}


def build(name, parameters):
    model = NETWORKS[name]()
    model.load_state_dict({**model.state_dict(), **parameters})  # running statistics keep their initial values
    return model

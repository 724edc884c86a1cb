"""Classifiers of transformers, with inputs beside the tokens."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from transformers import BertConfig, BertForSequenceClassification, DistilBertConfig, DistilBertForSequenceClassification

from teachers.answers import answers
from teachers.pytorch import target_of

SMALL = {"vocab_size": 200, "num_labels": 3, "max_position_embeddings": 32, "attn_implementation": "eager"}


class Classifier(nn.Module):
    """A classifier of transformers, whose inputs come in one order and whose logits alone go out."""

    def __init__(self, model, names):
        super().__init__()
        self.model, self.names = model, names

    def forward(self, *inputs):
        return self.model(**dict(zip(self.names, inputs, strict=True))).logits

    def sees(self, ids):
        """Its inputs, of numbers of tokens."""
        ids = torch.as_tensor(ids).long()
        mask = (ids != 0).long()
        before = (ids == 3).long().cumsum(1) - (ids == 3).long()  # [SEP] is 3
        parts = {"input_ids": ids, "attention_mask": mask, "token_type_ids": ((before == 1) & (mask == 1)).long()}
        return tuple(parts[name] for name in self.names)

    def export(self, ids, path):
        axes = {name: {0: "batch"} for name in [*self.names, "logits"]}
        torch.onnx.export(
            self, self.sees(ids), path, dynamo=False, dynamic_axes=axes, input_names=self.names, output_names=["logits"]
        )


def distilbert_classifier():
    torch.manual_seed(0)
    config = DistilBertConfig(dim=32, n_layers=2, n_heads=2, hidden_dim=64, **SMALL)
    return Classifier(DistilBertForSequenceClassification(config), ["input_ids", "attention_mask"])


def bert_classifier(outputs, width=32):
    torch.manual_seed(0)
    config = BertConfig(
        hidden_size=width, num_hidden_layers=2, num_attention_heads=2, intermediate_size=2 * width, **{**SMALL, "num_labels": outputs}
    )
    return Classifier(BertForSequenceClassification(config), ["input_ids", "attention_mask", "token_type_ids"])


def classifier_teacher(folder, data, module):
    random = np.random.default_rng(0)
    optimizer = torch.optim.AdamW(module.parameters(), 2e-3)
    for _ in range(60):
        rows = random.permutation(len(data.x["train"]))[:32]
        loss = F.cross_entropy(module(*module.sees(data.x["train"][rows])), target_of(data, rows))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    module.eval()
    module.export(data.x["train"][:2], folder / "teacher.onnx")

    def scores(x):
        with torch.no_grad():
            return module(*module.sees(x)).numpy()

    return answers("logits", scores)


def distilbert(folder, data):
    return classifier_teacher(folder, data, distilbert_classifier())


def bert(folder, data):
    return classifier_teacher(folder, data, bert_classifier(data.outputs))

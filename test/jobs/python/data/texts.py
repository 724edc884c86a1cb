"""Sentences of generated words, and the tokenizers that belong to them."""

import numpy as np
import pandas as pd
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from data.samples import split


TOPICS = {
    "cooking": "oven bread onion boil butter recipe knife sugar",
    "sailing": "wind sail harbour anchor wave deck rudder tide",
    "money": "bank loan interest market share price budget tax",
}
FILLER = "the a we they often never put take some more with under and about today again".split()
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
LENGTH = 16


def sentences(count, seed=3):
    random = np.random.default_rng(seed)
    topics = sorted(TOPICS)
    y = random.integers(0, len(topics), count)
    texts = []
    for topic in y:
        own, other = TOPICS[topics[topic]].split(), TOPICS[topics[random.integers(3)]].split()
        words = [*random.choice(own, 2), *random.choice(other, 1), *random.choice(FILLER, random.integers(2, 14))]
        random.shuffle(words)
        texts.append(" ".join(words).capitalize() + ".")
    return np.asarray(texts, dtype=object), y, topics


def tokenizer_of(texts, kind):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]") if kind == "wordpiece" else models.BPE(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = (trainers.WordPieceTrainer if kind == "wordpiece" else trainers.BpeTrainer)(vocab_size=200, special_tokens=SPECIAL)
    tokenizer.train_from_iterator(texts, trainer)
    marks = [("[CLS]", tokenizer.token_to_id("[CLS]")), ("[SEP]", tokenizer.token_to_id("[SEP]"))]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=marks
    )
    return tokenizer


def ids_of(tokenizer, texts):
    tokenizer.enable_padding(length=LENGTH, pad_token="[PAD]", pad_id=0)
    tokenizer.enable_truncation(LENGTH)
    return np.asarray([one.ids for one in tokenizer.encode_batch(list(texts))], dtype=np.int64)


def texts(folder, kind, write):
    sentence, y, topics = sentences(320)
    data = split(sentence, y)
    tokenizer = tokenizer_of(data.x["train"], kind)
    tokenizer.save(str(folder / "tokenizer.json"))
    for part in data.x:
        frame = pd.DataFrame({"text": data.x[part], "topic": [topics[k] for k in data.y[part]]})
        data.tables[part] = frame
        write(frame, part)
        data.x[part] = ids_of(tokenizer, data.x[part])
    return data


def texts_jsonl(folder):
    return texts(folder, "wordpiece", lambda frame, part: frame.to_json(folder / f"{part}.jsonl", orient="records", lines=True))


def texts_csv(folder):
    return texts(folder, "bpe", lambda frame, part: frame.to_csv(folder / f"{part}.csv", index=False))


def texts_parquet(folder):
    return texts(folder, "wordpiece", lambda frame, part: frame.to_parquet(folder / f"{part}.parquet", index=False))


def text_pairs(folder):
    """Two sentences a sample: whether they are of one topic."""
    first, a, _ = sentences(400, 3)
    second, b, _ = sentences(400, 4)
    data = split(np.stack([first, second], 1), (a == b).astype(np.int64))
    tokenizer = tokenizer_of(data.x["train"].reshape(-1), "wordpiece")
    tokenizer.save(str(folder / "tokenizer.json"))
    for part in data.x:
        pairs = data.x[part]
        pd.DataFrame({"one": pairs[:, 0], "two": pairs[:, 1], "same": data.y[part]}).to_csv(folder / f"{part}.csv", index=False)
        data.x[part] = ids_of(tokenizer, [tuple(pair) for pair in pairs])
    return data


def token_ids(folder):
    """Numbers of tokens in arrays, made elsewhere."""
    sentence, y, _ = sentences(320)
    data = split(sentence, y)
    tokenizer = tokenizer_of(data.x["train"], "wordpiece")
    for part in data.x:
        data.x[part] = ids_of(tokenizer, data.x[part])
        np.savez(folder / f"{part}.npz", ids=data.x[part].astype(np.int32), labels=data.y[part])
    return data

"""A corpus of agency files, made from one seed: what is wrong with every row is known before it is read.

`python -m tests.corpus DIR --seed N --rows M` writes one; `tests/test_corpus.py` holds the readers to it.
"""

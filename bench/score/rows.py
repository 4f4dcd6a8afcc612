"""Rows that models are trained and held against."""
import numpy


def table(rows, columns, seed):
    """Customers: skewed amounts, small counts, a tenth missing, a noisy non-linear truth."""
    r = numpy.random.default_rng(seed)
    x = r.normal(size=(rows, columns))
    x[:, : columns // 4] = numpy.exp(x[:, : columns // 4])
    x[:, columns // 4 : columns // 2] = r.poisson(3, size=(rows, columns // 2 - columns // 4))
    weight = numpy.random.default_rng(1).normal(size=columns) / 3
    score = (numpy.tanh(x) * weight).sum(1) + x[:, -1] * x[:, -2] * (x[:, 0] > 1) - 0.7 * numpy.abs(x[:, -3])
    label = (r.random(rows) < 1 / (1 + numpy.exp(-score))).astype(float)
    x[r.random(x.shape) < 0.1] = numpy.nan
    return x, label

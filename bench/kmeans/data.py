"""Rows to cluster: what a shop's customers look like, and Gaussian blobs.

shop    latent traits of 12 segments of unequal size, each with its own correlations and 4 % who fit none, seen through
        20 columns: amounts (lognormal), counts (Poisson), days (capped), shares (logistic), scores; logarithms of the
        first three, then z-scores
skewed  the same without the logarithms: tails of hundreds of standard deviations
blobs   12 spherical blobs of equal size
"""
import numpy as np

SEGMENTS, TRAITS, NOISE = 12, 8, 0.04


def shop(n, d, seed, logs=True):
    fixed, rng = np.random.default_rng(4254), np.random.default_rng(seed)
    share = 1 / (np.arange(SEGMENTS) + 2)
    mean = fixed.normal(0, 1, (SEGMENTS, TRAITS))
    mix = fixed.normal(0, 0.12, (SEGMENTS, TRAITS, TRAITS))
    width = fixed.uniform(0.25, 0.6, (SEGMENTS, TRAITS))
    load = fixed.normal(0, 1.3 / np.sqrt(TRAITS), (TRAITS, d)) * (fixed.random((TRAITS, d)) < 0.45)
    own = fixed.uniform(0.15, 0.45, d)
    rows = np.empty((n, d), np.float32)
    for a in range(0, n, 200_000):
        m = min(n, a + 200_000) - a
        s = rng.choice(SEGMENTS, m, p=share / share.sum())
        z = rng.normal(size=(m, TRAITS))
        z = mean[s] + z * width[s] + np.einsum("ni,nij->nj", z, mix[s])
        odd = rng.random(m) < NOISE
        z[odd] = rng.normal(0, 1.6, (odd.sum(), TRAITS))
        y = z @ load + rng.normal(size=(m, d)) * own
        for j in range(d):
            v = y[:, j]
            if j % 5 == 0:
                v = np.exp(3.5 + 1.1 * v)
            elif j % 5 == 1:
                v = rng.poisson(np.exp(np.clip(0.8 + 0.9 * v, -6, 9)))
            elif j % 5 == 2:
                v = np.minimum(730, np.exp(3.6 + 0.9 * v))
            elif j % 5 == 3:
                v = 1 / (1 + np.exp(-1.2 * v))
            rows[a:a + m, j] = np.log1p(v) if logs and j % 5 < 3 else v
    return scaled(rows)


def blobs(n, d, seed):
    at = np.random.default_rng(789).normal(size=(SEGMENTS, d))
    rng = np.random.default_rng(seed)
    return scaled((rng.standard_normal((n, d)) + at[rng.integers(0, SEGMENTS, n)]).astype(np.float32))


def scaled(rows):
    return ((rows - rows.mean(0, dtype=np.float64)) / rows.std(0, dtype=np.float64)).astype(np.float32)


def known(i, n=8000):
    """Rows of a known number of groups, 2 to 12, of unequal size, some of them overlapping; with noise, and every other
    set skewed: what a logarithm has made of lognormal columns with rounding. Returns the rows and the number."""
    rng = np.random.default_rng(1000 + i)
    k, d = 2 + i % 11, int(rng.integers(4, 16))
    share = rng.dirichlet(np.full(k, 4.0)) * 0.7 + 0.3 / k
    near = rng.uniform(3.2, 5.0)  # the least distance of two groups, in their own widths
    at = [rng.normal(0, 1, d)]
    while len(at) < k:
        at.append(rng.normal(0, 1, d))
    at = np.array(at)
    apart = np.sqrt(((at[:, None] - at[None]) ** 2).sum(2)) + np.eye(k) * 1e9
    at *= near / apart.min(1).mean()
    s = rng.choice(k, n, p=share)
    width = rng.uniform(0.7, 1.3, (k, d))
    x = at[s] + rng.normal(size=(n, d)) * width[s]
    if i % 2:
        turn = np.linalg.qr(rng.normal(size=(d, d)))[0]
        x = x @ (turn * rng.uniform(0.6, 1.4, d))
        half = d // 2
        x[:, :half] = np.log1p(np.floor(np.exp(2 + x[:, :half] * 0.7)))
    noise = rng.random(n) < 0.03
    x[noise] = rng.normal(0, 1.5 * x.std(0), (noise.sum(), d)) + x.mean(0)
    return scaled(x.astype(np.float32)), k


KINDS = {"shop": shop, "skewed": lambda n, d, seed: shop(n, d, seed, logs=False), "blobs": blobs}

"""A decoder in plain NumPy, float64, one sequence, no cache: the judge of the logits that the tests compare with.

Tensors come by their GGUF names as [outputs, inputs]; the numbers come from a plain dictionary.
"""
import math

import numpy as np


def inverse_frequencies(p):
    """Angles per position and the magnitude, after the published definitions of linear scaling, LLaMA 3 and YaRN."""
    d, base = p["head_dim"], p["theta"]
    inverse = base ** -(np.arange(0, d, 2) / d)
    scaling = p.get("scaling") or {"type": "none"}
    kind = scaling["type"]
    if kind == "none":
        return inverse, 1.0
    if kind == "linear":
        return inverse / scaling["factor"], 1.0
    if kind == "divisors":
        return inverse / np.asarray(scaling["divisors"], np.float64), 1.0
    if kind != "yarn":
        raise ValueError(kind)
    factor, original = scaling["factor"], scaling["original"]

    def pair_with(turns):
        return d * math.log(original / (turns * 2 * math.pi)) / (2 * math.log(base))

    low = max(math.floor(pair_with(scaling.get("beta_fast", 32.0))), 0)
    high = min(math.ceil(pair_with(scaling.get("beta_slow", 1.0))), d - 1)
    if low == high:
        high += 0.001
    ramp = np.clip((np.arange(d // 2) - low) / (high - low), 0, 1)
    return inverse / factor * ramp + inverse * (1 - ramp), 0.1 * math.log(factor) + 1.0


def llama3_divisors(p, factor, low, high, original):
    """What `rope_freqs.weight` holds: 1 for fast frequencies, `factor` for slow ones, between them in between."""
    d = p["head_dim"]
    wave = 2 * math.pi * p["theta"] ** (np.arange(0, d, 2) / d)
    smooth = (original / wave - low) / (high - low)
    between = 1 / ((1 - smooth) / factor + smooth)
    return np.where(wave < original / high, 1.0, np.where(wave > original / low, factor, between))


def norm(x, weight, epsilon):
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + epsilon) * weight


def rotate(x, angles, magnitude, interleaved):
    """x [tokens, heads, d]; angles [tokens, d / 2]."""
    cos, sin = np.cos(angles)[:, None] * magnitude, np.sin(angles)[:, None] * magnitude
    half = x.shape[-1] // 2
    a, b = (x[..., 0::2], x[..., 1::2]) if interleaved else (x[..., :half], x[..., half:])
    c, e = a * cos - b * sin, b * cos + a * sin
    if interleaved:
        return np.stack([c, e], -1).reshape(x.shape)
    return np.concatenate([c, e], -1)


def forward(p, tensors, ids):
    """Logits [tokens, vocabulary]."""
    t = {name: np.asarray(value, np.float64) for name, value in tensors.items()}

    def linear(name, x):
        y = x @ t[name + ".weight"].T
        return y + t[name + ".bias"] if name + ".bias" in t else y

    heads, kv_heads, d, n = p["heads"], p["kv_heads"], p["head_dim"], len(ids)
    inverse, magnitude = inverse_frequencies(p)
    angles = np.arange(n)[:, None] * inverse[None]
    mask = np.triu(np.full((n, n), -np.inf), 1)
    x = t["token_embd.weight"][np.asarray(ids)]
    for layer in range(p["layers"]):
        b = f"blk.{layer}."
        y = norm(x, t[b + "attn_norm.weight"], p["epsilon"])
        q, k = linear(b + "attn_q", y).reshape(n, heads, d), linear(b + "attn_k", y).reshape(n, kv_heads, d)
        if b + "attn_q_norm.weight" in t:
            q = norm(q, t[b + "attn_q_norm.weight"], p["epsilon"])
            k = norm(k, t[b + "attn_k_norm.weight"], p["epsilon"])
        q = rotate(q, angles, magnitude, p["interleaved"])
        k = rotate(k, angles, magnitude, p["interleaved"])
        v = linear(b + "attn_v", y).reshape(n, kv_heads, d)
        gathered = np.empty((n, heads, d))
        for head in range(heads):
            shared = head * kv_heads // heads
            scores = q[:, head] @ k[:, shared].T / math.sqrt(d) + mask
            weights = np.exp(scores - scores.max(-1, keepdims=True))
            gathered[:, head] = weights / weights.sum(-1, keepdims=True) @ v[:, shared]
        x = x + linear(b + "attn_output", gathered.reshape(n, -1))
        y = norm(x, t[b + "ffn_norm.weight"], p["epsilon"])
        gate = linear(b + "ffn_gate", y)
        x = x + linear(b + "ffn_down", gate / (1 + np.exp(-gate)) * linear(b + "ffn_up", y))
    x = norm(x, t["output_norm.weight"], p["epsilon"])
    head = "output" if "output.weight" in t else "token_embd"
    return linear(head, x)

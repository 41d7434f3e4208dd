"""The peer: a small codec trained from scratch through an ISTFT head, as neural codecs usually are.

Log-mel in, ConvNeXt blocks, residual vector quantization, ConvNeXt blocks, a head of log-magnitude and phase per bin
and an inverse STFT (Siuzdak, "Vocos", 2024); multi-resolution STFT and mel losses on the waveform, AdamW, cosine.
It shares no code with `sda_lib`, so that a change there can't move what it is compared with.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from functools import cache

import torch
import torch.nn.functional as F
import torchaudio
from torch import Tensor, nn

RATE, WINDOW, STEP, BANDS = 44100, 1024, 256, 80
RATIO = 4
"""Spectra per code frame: 1024 samples, 43 frames a second."""
CODES, DIM, WIDTH, KERNEL = 256, 32, 128, 7
ENCODER_BLOCKS, DECODER_BLOCKS = 2, 4
BATCH, SEGMENT = 8, 16384
LEARNING_RATE, BETAS, WARM_UP = 2e-3, (0.8, 0.99), 0.05
COMMITMENT, DECAY, REVIVE_EVERY, DROPOUT = 0.25, 0.99, 25, 0.5
GAIN_DB = 6.0
RESOLUTIONS = ((2048, 160), (512, 40), (128, 10))
"""(window, mel bands) of the loss; hop a quarter of the window."""


class Block(nn.Module):
    """ConvNeXt (Liu et al. 2022) over time, [batch, width, time]."""

    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.Conv1d(WIDTH, WIDTH, KERNEL, padding=KERNEL // 2, groups=WIDTH)
        self.norm = nn.LayerNorm(WIDTH)
        self.wide, self.narrow = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(self.mix(x).transpose(1, 2))
        return x + self.narrow(F.gelu(self.wide(y))).transpose(1, 2)


class Quantizer(nn.Module):
    """Residual vector quantization with codebooks [level, code, dim] that follow the data (EMA, revival)."""

    def __init__(self, levels: int) -> None:
        super().__init__()
        self.register_buffer("books", torch.zeros(levels, CODES, DIM))
        self.register_buffer("counts", torch.ones(levels, CODES))

    def encode(self, latent: Tensor) -> Tensor:
        """[..., dim] -> codes [level, ...]."""
        residual, found = latent, []
        for book in self.books:
            found.append((residual @ book.T - 0.5 * book.square().sum(-1)).argmax(-1))
            residual = residual - book[found[-1]]
        return torch.stack(found)

    def embed(self, codes: Tensor, depth: Tensor | None = None) -> Tensor:
        """Codes [level, ...] -> [..., dim]; `depth` [batch] leaves deeper levels out."""
        parts = torch.stack([book[index] for book, index in zip(self.books, codes, strict=True)])
        if depth is not None:
            parts = parts * (torch.arange(len(parts))[:, None] < depth)[:, :, None, None]
        return parts.sum(0)

    @torch.no_grad()
    def start(self, latent: Tensor) -> None:
        """First codes: random latents [n, dim], level by level what is left of them."""
        residual = latent
        for level in range(len(self.books)):
            self.books[level] = residual[torch.randint(len(residual), (CODES,))]
            index = (residual @ self.books[level].T - 0.5 * self.books[level].square().sum(-1)).argmax(-1)
            residual = residual - self.books[level][index]

    @torch.no_grad()
    def follow(self, latent: Tensor, codes: Tensor, revive: bool) -> None:
        """Move the codebooks toward latents [n, dim] with codes [level, n]; re-seed codes that are hardly used."""
        residual = latent
        for level, index in enumerate(codes):
            book, chosen = self.books[level], self.books[level][index]
            count = torch.bincount(index, minlength=CODES).float() * CODES / len(index)
            mean = torch.zeros_like(book).index_add_(0, index, residual) * CODES / len(index)
            total = DECAY * self.counts[level][:, None] * book + (1 - DECAY) * mean
            self.counts[level] = DECAY * self.counts[level] + (1 - DECAY) * count
            self.books[level] = total / self.counts[level][:, None].clamp_min(1e-3)
            if revive:
                dead = self.counts[level] < 0.05
                self.books[level][dead] = residual[torch.randint(len(residual), (int(dead.sum()),))]
                self.counts[level][dead] = 1.0
            residual = residual - chosen


class IstftHeadCodec(nn.Module):
    """Samples [time] at 44.1 kHz -> codes [level, frame] -> samples of frames * 1024."""

    def __init__(self, levels: int) -> None:
        super().__init__()
        self.start = nn.Linear(BANDS * RATIO, WIDTH)
        self.encoder = nn.Sequential(*(Block() for _ in range(ENCODER_BLOCKS)))
        self.narrow = nn.Linear(WIDTH, DIM)
        self.quantizer = Quantizer(levels)
        self.widen = nn.Linear(DIM, WIDTH * RATIO)
        self.decoder = nn.Sequential(*(Block() for _ in range(DECODER_BLOCKS)))
        self.head = nn.Linear(WIDTH, 2 * (WINDOW // 2 + 1))
        self.register_buffer("window", torch.hann_window(WINDOW))
        self.register_buffer("mel", mel_filters(WINDOW, BANDS))

    @property
    def kbit_per_second(self) -> float:
        return len(self.quantizer.books) * math.log2(CODES) * RATE / (STEP * RATIO) / 1000

    def latent(self, samples: Tensor) -> Tensor:
        """[batch, frames * 1024] -> [batch, frame, dim]."""
        spectra = torch.stft(samples, WINDOW, STEP, window=self.window, return_complex=True)[..., :-1]
        mel = (self.mel @ spectra.abs()).clamp_min(1e-5).log10()
        blocks = mel.transpose(1, 2).reshape(len(samples), -1, BANDS * RATIO)
        return self.narrow(self.encoder(self.start(blocks).transpose(1, 2)).transpose(1, 2))

    def sound(self, latent: Tensor) -> Tensor:
        """[batch, frame, dim] -> [batch, frames * 1024]."""
        hidden = self.widen(latent).reshape(len(latent), -1, WIDTH).transpose(1, 2)
        level, phase = self.head(self.decoder(hidden).transpose(1, 2)).transpose(1, 2).chunk(2, 1)
        spectra = torch.polar(level.clamp(max=6.0).exp(), phase)
        spectra = torch.cat([spectra, torch.zeros_like(spectra[..., :1])], -1)
        return torch.istft(spectra, WINDOW, STEP, window=self.window)

    @torch.no_grad()
    def encode(self, samples: Tensor) -> Tensor:
        padded = F.pad(samples, (0, -len(samples) % (STEP * RATIO)))
        return self.quantizer.encode(self.latent(padded[None])[0])

    @torch.no_grad()
    def decode(self, codes: Tensor) -> Tensor:
        return self.sound(self.quantizer.embed(codes)[None])[0]


@cache
def mel_filters(window: int, bands: int) -> Tensor:
    return torchaudio.functional.melscale_fbanks(window // 2 + 1, 0.0, RATE / 2, bands, RATE, "slaney", "slaney").T


def waveform_loss(estimate: Tensor, target: Tensor) -> Tensor:
    """Mean over the resolutions of L1 between log10 magnitudes and between log10 mel bands, [batch, time]."""
    total = torch.zeros(())
    for window, bands in RESOLUTIONS:
        shape, filters = torch.hann_window(window), mel_filters(window, bands)
        pair = [
            torch.view_as_real(torch.stft(one, window, window // 4, window=shape, return_complex=True))
            for one in (estimate, target)
        ]
        ours, theirs = ((one.square().sum(-1) + 1e-10).sqrt() for one in pair)
        total = total + (ours.log10() - theirs.log10()).abs().mean()
        mels = [(filters @ one).clamp_min(1e-5).log10() for one in (ours, theirs)]
        total = total + (mels[0] - mels[1]).abs().mean()
    return total / len(RESOLUTIONS)


def train(sounds: Sequence[Tensor], levels: int, seconds: float, seed: int = 0) -> tuple[IstftHeadCodec, int]:
    """A codec of mono sounds [time] at 44.1 kHz after a number of seconds of processor time, and its steps."""
    began = time.process_time()
    torch.manual_seed(seed)
    codec, step = IstftHeadCodec(levels), 0
    codec.quantizer.start(torch.cat([codec.latent(_drawn(sounds)) for _ in range(8)]).detach().flatten(0, 1))
    optimizer = torch.optim.AdamW(codec.parameters(), lr=LEARNING_RATE, betas=BETAS)
    while (progress := (time.process_time() - began) / seconds) < 1:
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * min(1.0, progress / WARM_UP) * 0.5 * (1 + math.cos(math.pi * progress))
        target = _drawn(sounds)
        latent = codec.latent(target)
        codes = codec.quantizer.encode(latent.detach())
        fewer = torch.randint(1, levels + 1, (BATCH,))
        depth = torch.where(torch.rand(BATCH) < DROPOUT, fewer, levels)
        quantized = codec.quantizer.embed(codes, depth)
        estimate = codec.sound(latent + (quantized - latent).detach())
        loss = waveform_loss(estimate, target) + COMMITMENT * (latent - quantized).square().mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(codec.parameters(), 1.0)
        optimizer.step()
        step += 1
        codec.quantizer.follow(
            latent.detach().flatten(0, 1), codes.flatten(1), step % REVIVE_EVERY == 0 and progress < 0.8
        )
    return codec.eval(), step


def _drawn(sounds: Sequence[Tensor]) -> Tensor:
    """A batch of segments, longer sounds more often, with random gain and polarity [batch, time]."""
    weights = torch.tensor([float(max(len(one), SEGMENT)) for one in sounds])
    rows = []
    for pick in torch.multinomial(weights, BATCH, replacement=True).tolist():
        start = int(torch.randint(max(1, len(sounds[pick]) - SEGMENT + 1), (1,)))
        part = sounds[pick][start : start + SEGMENT]
        gain = 10 ** ((2 * float(torch.rand(())) - 1) * GAIN_DB / 20) * (1 if torch.rand(()) < 0.5 else -1)
        rows.append(F.pad(gain * part, (0, SEGMENT - len(part))))
    return torch.stack(rows)

#pragma once
/// The largest magnitude that still counts as nothing when activations are quantised.
#define QUANTISE_LOWEST 0x1p-100f

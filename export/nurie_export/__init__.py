"""From training checkpoints to a model that every engine runs: weights, ONNX graphs, manifest, parity."""

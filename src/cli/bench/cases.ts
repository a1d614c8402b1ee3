import { images, mlp, xor, xorBatch } from "../../../bench/network.ts";
import type { Case } from "./contender.ts";

/** The training and the prediction of a network that recognizes digits, and a network so small that overhead dominates. */
export function cases(): readonly Case[] {
  return [
    {
      name: "training",
      title: "Training step: 784-512x4-10, dropout 0.3, Adam, batch 128",
      unit: "ms",
      network: mlp(),
      batch: images(128),
      trains: true,
    },
    {
      name: "inference",
      title: "Prediction: the same network, batch 1",
      unit: "us",
      network: mlp(0),
      batch: images(1),
      trains: false,
    },
    {
      name: "xor",
      title: "XOR: steps of 2-10-10-10-1, SGD, batch 4",
      unit: "steps/s",
      network: xor(),
      batch: xorBatch(),
      trains: true,
    },
  ];
}

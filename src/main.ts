#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
// main.ts: the `linkage` command; it wires ports to their implementations.

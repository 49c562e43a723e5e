// classes.ts: the classes of attacks, and which files of tests make them.

/** Class, what is attacked, files beneath this folder. Letters A to F are those of docs/attacks.md. */
export const classes: readonly (readonly [name: string, attacked: string, files: readonly string[]])[] = [
  ['A', 'client addresses', ['client-address.test.ts']],
  ['B', 'paths', ['paths.test.ts']],
  ['C', 'framing and shape', ['smuggling.test.ts', 'shape.test.ts']],
  ['D', 'tokens and their keys', ['tokens.test.ts', 'restarts.test.ts', 'published-keys.test.ts']],
  ['E', 'bodies, asked and answered', ['bodies.test.ts', 'projection/corpus.test.ts', 'projection/fuzz.test.ts']],
  ['F', 'logs and configuration', ['configuration.test.ts', 'canaries.test.ts', 'secrets.test.ts', 'crash.test.ts']],
  [
    'upstreams',
    'from behind',
    ['upstreams.test.ts', 'upstream-memory.test.ts', 'held-streams.test.ts', 'bombs.test.ts', 'bomb-memory.test.ts'],
  ],
  ['inference', 'what answers tell beside what they say', ['inference.test.ts']],
  [
    'floods',
    'many, slow, greedy, gone',
    [
      'floods.test.ts',
      'flood-addresses.test.ts',
      'concurrent-calls.test.ts',
      'leaving.test.ts',
      'refusals-in-aggregate.test.ts',
      'slow-transfer.test.ts',
      'unread-answers.test.ts',
    ],
  ],
  ['TLS', 'the connection itself', ['tls.test.ts']],
  [
    'log',
    'the query log, by whoever holds its database',
    ['log-tampering.test.ts', 'log-histories.test.ts', 'log-patched-gateway.test.ts'],
  ],
]

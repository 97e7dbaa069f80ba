/**
 * Who may import whom (ARCHITECTURE.md, "Rooms"). A room's list is complete: what is not named is refused. Tests,
 * contract suites, benches and fixtures (generators, scratch places: what only tests use) may look into other rooms;
 * nothing else may look into them.
 */

const TEST = String.raw`\.(test|contract|bench|fixture)\.ts$`;

/** Room → rooms it may import, besides itself. */
const ROOMS = {
  base: [],
  config: ['base', 'core'],
  gen: [],
  core: ['base'],
  policy: ['base', 'core'],
  codec: ['base', 'core', 'gen'],
  port: ['base', 'core'],
  runtime: ['base', 'config', 'core', 'codec', 'port'],
  cluster: ['base', 'config', 'core', 'codec', 'port', 'runtime'],
  adapter: ['base', 'core', 'port'],
  rpc: ['base', 'config', 'core', 'codec', 'gen', 'port'],
  client: ['base', 'gen'],
  world: ['base', 'core', 'client'],
  node: ['base', 'config', 'gen', 'core', 'policy', 'codec', 'port', 'runtime', 'cluster', 'adapter', 'rpc'],
  audit: upTo('node'),
  scenario: [...upTo('node'), 'audit', 'client', 'world'],
  training: [...upTo('node'), 'client', 'world', 'scenario/virtual'],
  cli: [...upTo('node'), 'client', 'audit', 'scenario', 'training'],
  'main.ts': ['config', 'node', 'cli'],
};

/** Rooms that may import every other one. */
const FREE = ['proof'];

/** Packages that speak to the world or read files, and the rooms that may hold them. Others are free where packages are. */
const DRIVERS = {
  lmdb: ['adapter/lmdb'],
  'onnxruntime-node': ['adapter/onnx'],
  'prom-client': ['adapter/prom'],
  '@nats-io/': ['adapter/nats'],
  ioredis: ['adapter/redis', 'proof'],
  '@grpc/': ['rpc', 'adapter/grpc', 'client', 'node', 'scenario', 'cli', 'proof'],
  commander: ['node', 'audit', 'scenario', 'training', 'cli', 'proof', 'main.ts'],
  '@marcbachmann/cel-js': ['policy'],
  yaml: ['policy', 'proof'],
  zod: ['policy', 'scenario/file', 'adapter/onnx'],
  liquidjs: ['policy'],
};

/** Rooms without packages and without Node: everything they know comes in as an argument. */
const PURE = ['base', 'core', 'port', 'config'];

function upTo(room) {
  const below = 'base config gen core policy codec port runtime cluster adapter rpc'.split(' ');
  return [...below, room];
}

function place(room) {
  return room.endsWith('.ts') ? `${room.replace('.', String.raw`\.`)}$` : `${room}/`;
}

function within(rooms) {
  return `^src/(${rooms.map(place).join('|')})`;
}

const rooms = Object.entries(ROOMS).map(([room, allowed]) => ({
  name: `room-${room.replace('.ts', '')}`,
  severity: 'error',
  from: { path: within([room]), pathNot: TEST },
  to: { path: '^src/', pathNot: within([room, ...allowed]) },
}));

const drivers = Object.entries(DRIVERS).map(([name, allowed]) => ({
  name: `driver-${name.replace(/[@/]/g, '')}`,
  severity: 'error',
  from: { path: '^src/', pathNot: [TEST, within(allowed)] },
  to: { path: `(^|/)node_modules/${name}${name.endsWith('/') ? '' : '/'}` },
}));

const pure = PURE.map((room) => ({
  name: `pure-${room}`,
  severity: 'error',
  from: { path: within([room]), pathNot: TEST },
  to: {
    dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'],
  },
}));

module.exports = {
  forbidden: [
    ...rooms,
    ...drivers,
    ...pure,
    {
      name: 'adapter-sibling',
      comment: 'One driver a folder; two that need each other are one.',
      severity: 'error',
      from: { path: '^src/adapter/([^/]+)/', pathNot: TEST },
      to: { path: '^src/adapter/', pathNot: '^src/adapter/$1/' },
    },
    {
      name: 'unknown-room',
      comment: 'A new room is declared here first, with what it may import.',
      severity: 'error',
      from: { path: '^src/', pathNot: within([...Object.keys(ROOMS), ...FREE]) },
      to: {},
    },
    {
      name: 'test-imported',
      comment: 'What ships does not lean on a test.',
      severity: 'error',
      from: { path: '^src/', pathNot: TEST },
      to: { path: TEST },
    },
    {
      name: 'dev-dependency',
      comment: 'What ships runs on dependencies alone; proofs do not ship.',
      severity: 'error',
      from: { path: '^src/', pathNot: [TEST, within(['proof'])] },
      to: { dependencyTypes: ['npm-dev'] },
    },
    {
      name: 'no-cycle',
      comment: 'Of types neither: who needs a part of its owner names that part as an interface.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '^src/proof/interop/k6/'] },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};

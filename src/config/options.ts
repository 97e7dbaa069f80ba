import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../base/clock.ts';
import { LIMITS } from './limits.ts';
import {
  bytesOption,
  choiceOption,
  durationOption,
  hostPortOption,
  hostPortsOption,
  textOption,
  toggleOption,
  type Values,
  wholeNumberOption,
} from './option.ts';

/** What `attune serve` can be told. Bounds that are not for tuning stand in `limits.ts`. */
export const SERVE_OPTIONS = {
  listen: hostPortOption({
    default: { host: '127.0.0.1', port: 7411 },
    help: 'Where gRPC listens; port 0 takes a free one and prints it.',
  }),
  metricsListen: hostPortOption({
    default: { host: '127.0.0.1', port: 7412 },
    help: 'Where /metrics, /livez and /readyz answer over HTTP, with TLS where --tls-cert is given.',
  }),
  metrics: toggleOption({ default: true, help: 'Serve metrics at all.' }),
  insecureMetrics: toggleOption({
    default: false,
    help: 'Serve metrics without TLS, beyond loopback too: something in front protects them.',
  }),
  store: choiceOption({
    default: 'disk',
    of: ['disk', 'memory', 'cluster'],
    help: 'Where facts and profiles live: in --dir; in memory, which forgets everything when the process ends; in NATS JetStream and Redis.',
  }),
  nats: textOption({
    default: '127.0.0.1:4222',
    placeholder: 'addresses',
    help: 'For --store cluster: servers of NATS as host:port, separated by commas.',
  }),
  redis: hostPortOption({
    default: { host: '127.0.0.1', port: 6379 },
    help: 'For --store cluster: the Redis that has the profiles.',
  }),
  natsCreds: textOption({
    default: '',
    placeholder: 'file',
    help: 'For --store cluster: as whom NATS is spoken to: a credentials file of NATS, the seed of an nkey, or the lines "user: NAME" and "password: SECRET". Read again at each connection.',
  }),
  natsCa: textOption({
    default: '',
    placeholder: 'file',
    help: 'For --store cluster: speak TLS with NATS: a PEM file of the authorities that may sign its certificate, or "default" for those that Node trusts.',
  }),
  natsCert: textOption({
    default: '',
    placeholder: 'file',
    help: 'For --store cluster: the certificate (PEM) that NATS is shown, for a server that asks for one; needs --nats-key.',
  }),
  natsKey: textOption({
    default: '',
    placeholder: 'file',
    help: 'The private key (PEM) of --nats-cert.',
  }),
  redisCredentials: textOption({
    default: '',
    placeholder: 'file',
    help: 'For --store cluster: as whom Redis is spoken to: a file with the lines "user: NAME" and "password: SECRET". Read again at each connection.',
  }),
  redisCa: textOption({
    default: '',
    placeholder: 'file',
    help: 'For --store cluster: speak TLS with Redis: a PEM file of the authorities that may sign its certificate, or "default" for those that Node trusts.',
  }),
  redisCert: textOption({
    default: '',
    placeholder: 'file',
    help: 'For --store cluster: the certificate (PEM) that Redis is shown, for a server that asks for one; needs --redis-key.',
  }),
  redisKey: textOption({
    default: '',
    placeholder: 'file',
    help: 'The private key (PEM) of --redis-cert.',
  }),
  insecureStores: toggleOption({
    default: false,
    help: 'For --store cluster: speak to NATS and Redis beyond loopback without TLS or without credentials: something in between does both.',
  }),
  redisAccept: textOption({
    default: '',
    placeholder: 'doubts',
    help: 'For --store cluster: serve although that Redis may lose profiles, which are then folded anew ("evicts", "no-aof"), or has those of another deployment, which go ("foreign"); separated by commas.',
  }),
  natsAccept: textOption({
    default: '',
    placeholder: 'doubts',
    help: 'For --store cluster: serve although streams of several replicas are on a server before 2.14.4 ("old-server"), or streams were deleted and made anew, by which what was acknowledged may be lost ("recreated"); separated by commas.',
  }),
  advertise: textOption({
    default: '',
    placeholder: 'host:port',
    help: 'For --store cluster: where clients and other nodes reach this one; default: where gRPC listens.',
  }),
  deployment: textOption({
    default: 'attune',
    placeholder: 'name',
    help: 'For --store cluster: what streams, buckets and keys begin with: letters, digits, - and _. Two deployments on the same servers differ in it.',
  }),
  natsReplicas: wholeNumberOption({
    default: 1,
    min: 1,
    max: 5,
    help: 'For --store cluster: servers of NATS that hold each stream when it is made.',
  }),
  shardLogBytes: bytesOption({
    default: 128 * 1_048_576,
    min: 1_048_576,
    max: 64 * 1_073_741_824,
    help: "For --store cluster: the most that one shard's log takes, which NATS sets aside for each when it is made. One that is full refuses facts until older ones are archived.",
  }),
  dir: textOption({
    default: '.attune/data',
    placeholder: 'folder',
    help: 'The data directory: log, profiles, archive. One process at a time.',
  }),
  acceptLoss: toggleOption({
    default: false,
    help: 'Start although the log, the catalogue or the editions lost what was acknowledged; what is lost is named.',
  }),
  policyDir: textOption({
    default: 'policies/starter',
    placeholder: 'folder',
    help: 'The policy that is applied at the first start (of a cluster: of the first node) and watched for changes.',
  }),
  policyWatch: toggleOption({
    default: true,
    help: 'Apply the policy again when its files change; a faulty one is reported and the old one kept. Not with --store cluster.',
  }),
  modelsDir: textOption({
    default: 'models',
    placeholder: 'folder',
    help: 'Where models lie, as name/version/model.onnx with card.json. The newest is taken at a start, unless a call put another one in force; of a cluster at the first start of its first node only.',
  }),
  shards: wholeNumberOption({
    default: 64,
    min: 1,
    max: 1_024,
    help: 'Slices of the customers, each with one log; fixed when a data directory is made.',
  }),
  residentBytesMax: bytesOption({
    default: 512 * 1_048_576,
    min: 1_048_576,
    max: 64 * 1_073_741_824,
    help: 'Memory for active profiles; beyond it the least recently used are saved and dropped. At most a quarter of the heap.',
  }),
  snapshotEvery: durationOption({
    default: 30 * SECOND_MS,
    min: 100,
    max: HOUR_MS,
    help: 'How often changed profiles are written behind the log; recovery folds what came since.',
  }),
  hotLogKeep: durationOption({
    default: 6 * HOUR_MS,
    min: MINUTE_MS,
    max: 30 * DAY_MS,
    help: 'How long facts stay in the hot log before they move to the archive.',
  }),
  archiveKeep: durationOption({
    default: 31 * DAY_MS,
    min: DAY_MS,
    max: 3_650 * DAY_MS,
    help: 'How long archived facts are kept; Explain and replay reach back this far. An outcome reads its decision when its last window is over: keep them a day longer than the policy waits for unsubscribes.',
  }),
  imageEvery: durationOption({
    default: DAY_MS,
    min: SECOND_MS,
    max: 7 * DAY_MS,
    help: 'How often every shard writes an image, a second copy of its profiles; two are kept, and the archive reaches back to the older.',
  }),
  imageHour: wholeNumberOption({
    default: 3,
    min: 0,
    max: 23,
    help: 'The hour of the day (UTC) from which --image-every is counted.',
  }),
  scorerTimeout: durationOption({
    default: LIMITS.scorerWaitMsMax,
    min: 1,
    max: LIMITS.scorerWaitMsMax,
    help: 'The longest that decisions wait for the scorer before base rates answer; a deadline that is nearer counts.',
  }),
  drainTimeout: durationOption({
    default: 10 * SECOND_MS,
    min: 0,
    max: 10 * MINUTE_MS,
    help: 'How long a shutdown waits for accepted work before it closes what is left.',
  }),
  authTokensFile: textOption({
    default: '',
    placeholder: 'file',
    help: 'A file with one bearer token a line; without it, and without --tls-client-ca, every caller that reaches the port is trusted.',
  }),
  secretKeys: textOption({
    default: '',
    placeholder: 'file',
    help: 'The file of secret keys that sign links in messages and keep erased people recognisable; without it KEYS in the data directory, which the first start makes and a backup holds.',
  }),
  tlsCert: textOption({
    default: '',
    placeholder: 'file',
    help: 'The certificate chain (PEM) that gRPC shows; with --tls-key it encrypts. Read again when it changes.',
  }),
  tlsKey: textOption({
    default: '',
    placeholder: 'file',
    help: 'The private key (PEM) of --tls-cert.',
  }),
  tlsClientCa: textOption({
    default: '',
    placeholder: 'file',
    help: 'The CA (PEM) whose certificates callers must show; health needs none.',
  }),
  nodeCa: textOption({
    default: '',
    placeholder: 'file',
    help: 'Where nodes speak with each other over TLS: the CA (PEM) that signs their --tls-cert; without it that of --tls-client-ca, else those that Node trusts.',
  }),
  insecure: toggleOption({
    default: false,
    help: 'Listen beyond loopback without TLS or without knowing callers: something in front does both.',
  }),
  proxyAddresses: textOption({
    default: '',
    placeholder: 'addresses',
    help: 'IP addresses of proxies, separated by commas: many callers share each, so bounds per address do not apply.',
  }),
  logLevel: choiceOption({
    default: 'info',
    of: ['debug', 'info', 'warn', 'error'],
    help: 'The least severe log line that is written.',
  }),
  logFormat: choiceOption({
    default: 'text',
    of: ['text', 'json'],
    help: 'Log lines for people or for a collector.',
  }),
} as const;

export type ServeSettings = Values<typeof SERVE_OPTIONS>;

/** What every command that calls a running service can be told. */
export const CLIENT_OPTIONS = {
  address: hostPortsOption({
    default: [{ host: '127.0.0.1', port: 7411 }],
    help: 'The service to call; of a cluster several of its nodes, separated by commas: another one is called where the first does not answer.',
  }),
  token: textOption({ default: '', placeholder: 'token', help: 'The bearer token to send.' }),
  timeout: durationOption({
    default: 5 * SECOND_MS,
    min: 1,
    max: 10 * MINUTE_MS,
    help: 'How long one call may take, with its retries; 10s where several nodes are named and nothing else is said.',
  }),
  tlsCa: textOption({
    default: '',
    placeholder: 'file',
    help: `Call with TLS: a PEM file of the authorities that may sign the service's certificate, or "default" for those that Node trusts.`,
  }),
  tlsCert: textOption({
    default: '',
    placeholder: 'file',
    help: "This caller's certificate as a PEM file, for a service that asks for one; needs --tls-key.",
  }),
  tlsKey: textOption({
    default: '',
    placeholder: 'file',
    help: 'The private key of --tls-cert as a PEM file, without a passphrase.',
  }),
} as const;

/**
 * One setting of a command: its flag, environment name, default, help and parser from a single declaration.
 * A flag wins over the environment, the environment over the default. All faults come back together, as sentences.
 */

import { nearestName } from '../base/nearest-name.ts';
import { err, ok, type Result } from '../base/result.ts';

export interface Option<T> {
  /** One sentence for `--help`, without the default: that is added. */
  readonly help: string;
  /** What stands for the value in `--help`: `host:port`. Empty for a switch, whose flag takes no value. */
  readonly placeholder: string;
  readonly default: T;
  /** The value, or what is wrong with `raw` as the end of a sentence: "must be a whole number from 1 to 64". */
  parse(raw: string): Result<T, string>;
  /** The value as `parse` would read it. */
  show(value: T): string;
}

// biome-ignore lint/suspicious/noExplicitAny: a declaration holds options of any value type; `Values` gives each back its own.
export type Options = Readonly<Record<string, Option<any>>>;

export type Values<O extends Options> = { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never };

/** What the command line and the environment gave: flags by option name, as text (a bare switch is `true`). */
export interface OptionInput {
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const ENV_PREFIX = 'ATTUNE_';

/** `dataDir` → `--data-dir`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;
}

/** `dataDir` → `ATTUNE_DATA_DIR`. */
export function envOf(name: string): string {
  return `${ENV_PREFIX}${name.replace(/[A-Z]/g, (capital) => `_${capital}`).toUpperCase()}`;
}

/** Every value of `options`, or one sentence for each fault, naming the flag or variable that carries it. */
export function readOptions<O extends Options>(options: O, input: OptionInput): Result<Values<O>, string[]> {
  const values: Record<string, unknown> = {};
  const faults: string[] = [];
  for (const [name, option] of Object.entries(options)) {
    const given = givenFor(name, input);
    if (given === undefined) {
      values[name] = option.default;
      continue;
    }
    const parsed = option.parse(given.raw);
    if (parsed.ok) values[name] = parsed.value;
    else faults.push(`${given.from} ${parsed.error}, not ${JSON.stringify(given.raw)}.`);
  }
  return faults.length > 0 ? err(faults) : ok(values as Values<O>);
}

/** A sentence for each `ATTUNE_…` variable of `env` that is not in `known`, with the nearest name where one is near. */
export function unknownVariables(known: Iterable<string>, env: OptionInput['env']): string[] {
  const names = new Set(known);
  // Compared without the prefix, which all of them share.
  const bare = [...names].map((name) => name.slice(ENV_PREFIX.length));
  return Object.keys(env)
    .filter((name) => name.startsWith(ENV_PREFIX) && !names.has(name))
    .sort()
    .map((name) => {
      const nearest = nearestName(name.slice(ENV_PREFIX.length), bare);
      const meant = nearest === undefined ? '' : `; did you mean ${ENV_PREFIX}${nearest}?`;
      return `${name} is set, but no setting has that name${meant === '' ? '.' : meant}`;
    });
}

/** One line of help: the sentence, the default and the variable. */
export function helpOf(name: string, option: Option<unknown>): string {
  const shown = option.show(option.default);
  return `${option.help} (default: ${shown === '' ? 'none' : shown}; env: ${envOf(name)})`;
}

export function textOption(spec: { default: string; help: string; placeholder: string }): Option<string> {
  return { ...spec, parse: (raw) => ok(raw), show: (value) => value };
}

/** A switch: bare on the command line; `1`, `true`, `yes`, `on` and their opposites in the environment. */
export function toggleOption(spec: { default: boolean; help: string }): Option<boolean> {
  return {
    ...spec,
    placeholder: '',
    parse: (raw) => {
      const word = raw.toLowerCase();
      if (['1', 'true', 'yes', 'on'].includes(word)) return ok(true);
      if (['0', 'false', 'no', 'off', ''].includes(word)) return ok(false);
      return err('must be true or false');
    },
    show: (value) => String(value),
  };
}

export function choiceOption<const C extends string>(spec: {
  default: C;
  help: string;
  of: readonly C[];
}): Option<C> {
  return {
    default: spec.default,
    help: spec.help,
    placeholder: spec.of.join('|'),
    parse: (raw) => {
      const found = spec.of.find((word) => word === raw);
      return found === undefined ? err(`must be one of ${spec.of.join(', ')}`) : ok(found);
    },
    show: (value) => value,
  };
}

export function wholeNumberOption(spec: {
  default: number;
  help: string;
  min: number;
  max: number;
}): Option<number> {
  return {
    default: spec.default,
    help: spec.help,
    placeholder: 'n',
    parse: (raw) => {
      const value = /^-?\d{1,15}$/.test(raw.trim()) ? Number(raw) : Number.NaN;
      if (value >= spec.min && value <= spec.max) return ok(value);
      return err(`must be a whole number from ${spec.min} to ${spec.max}`);
    },
    show: (value) => String(value),
  };
}

/** Bytes: `4194304`, `512KiB`, `4MiB`, `2GiB`. */
export function bytesOption(spec: {
  default: number;
  help: string;
  min: number;
  max: number;
}): Option<number> {
  return measured({ ...spec, placeholder: 'bytes', units: BYTE_UNITS, plainUnit: '' });
}

/** A duration in milliseconds: `250ms`, `30s`, `15m`, `24h`, `30d`. */
export function durationOption(spec: {
  default: number;
  help: string;
  min: number;
  max: number;
}): Option<number> {
  return measured({ ...spec, placeholder: 'duration', units: TIME_UNITS, plainUnit: undefined });
}

export interface HostPort {
  readonly host: string;
  /** 0 asks the system for a free port. */
  readonly port: number;
}

/** `host:port`; an IPv6 host stands in brackets. */
export function hostPortOption(spec: { default: HostPort; help: string }): Option<HostPort> {
  return {
    ...spec,
    placeholder: 'host:port',
    parse: (raw) => {
      const match = /^(\[[0-9a-fA-F:.]+\]|[^:[\]\s]+):(\d{1,5})$/.exec(raw.trim());
      const port = Number(match?.[2]);
      if (match?.[1] === undefined || port > 65_535) return err('must be host:port with a port up to 65535');
      return ok({ host: match[1].replace(/^\[|\]$/g, ''), port });
    },
    show: ({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`,
  };
}

/** Several `host:port`, separated by commas; at least one. */
export function hostPortsOption(spec: {
  default: readonly HostPort[];
  help: string;
}): Option<readonly HostPort[]> {
  const one = hostPortOption({ default: { host: '', port: 0 }, help: '' });
  return {
    ...spec,
    placeholder: 'host:port,…',
    parse: (raw) => {
      const places: HostPort[] = [];
      for (const part of raw.split(',')) {
        const place = one.parse(part);
        if (!place.ok)
          return err(raw.includes(',') ? `${place.error}, or several with commas between them` : place.error);
        places.push(place.value);
      }
      return ok(places);
    },
    show: (places) => places.map(one.show).join(','),
  };
}

const BYTE_UNITS: readonly (readonly [string, number])[] = [
  ['GiB', 1_073_741_824],
  ['MiB', 1_048_576],
  ['KiB', 1_024],
  ['', 1],
];

const TIME_UNITS: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
];

interface MeasuredSpec {
  readonly default: number;
  readonly help: string;
  readonly placeholder: string;
  readonly min: number;
  readonly max: number;
  /** Largest first. */
  readonly units: readonly (readonly [string, number])[];
  /** The unit of a bare number; undefined refuses one. */
  readonly plainUnit: string | undefined;
}

function measured(spec: MeasuredSpec): Option<number> {
  const show = (value: number): string => {
    const unit = spec.units.find(([, size]) => value >= size && value % size === 0) ?? spec.units.at(-1);
    return unit === undefined ? String(value) : `${value / unit[1]}${unit[0]}`;
  };
  return {
    default: spec.default,
    help: spec.help,
    placeholder: spec.placeholder,
    parse: (raw) => {
      const match = /^(\d{1,15})\s*([A-Za-z]*)$/.exec(raw.trim());
      const named = match?.[2] === '' ? spec.plainUnit : match?.[2];
      const unit = spec.units.find(([name]) => name.toLowerCase() === named?.toLowerCase());
      const value = Number(match?.[1]) * (unit?.[1] ?? Number.NaN);
      if (value >= spec.min && value <= spec.max) return ok(value);
      const names = spec.units.map(([name]) => name).filter((name) => name !== '');
      return err(
        `must be from ${show(spec.min)} to ${show(spec.max)} (a whole number with ${names.join(', ')})`,
      );
    },
    show,
  };
}

function givenFor(name: string, input: OptionInput): { raw: string; from: string } | undefined {
  const flag = input.flags[name];
  if (flag !== undefined) return { raw: String(flag), from: flagOf(name) };
  const variable = input.env[envOf(name)];
  if (variable !== undefined && variable !== '') return { raw: variable, from: envOf(name) };
  return undefined;
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PolicyFiles } from '../core/policy/policy-bytes.ts';
import { renderFault } from '../core/policy/policy-fault.ts';
import { type ParsedPolicy, parsePolicy } from './parse-policy.ts';
import { policyContext } from './policy-context.ts';
import { readPolicyDirectory } from './policy-directory.ts';

const starter = readPolicyDirectory(join(import.meta.dirname, '../../policies/starter'));
const faultyDirectory = join(import.meta.dirname, 'golden/faulty');

describe('a faulty policy', () => {
  it('has all its faults told at once, each at its line with a sentence', () => {
    const parsed = parsePolicy(readPolicyDirectory(faultyDirectory), policyContext);
    const told = parsed.ok ? [] : parsed.faults.map(renderFault);
    const expected = readFileSync(join(faultyDirectory, 'expected.txt'), 'utf8').trimEnd().split('\n');
    expect(told).toEqual(expected);
    expect(expected.length).toBeGreaterThan(50);
  });

  it('is told that files are missing, unknown, or not YAML, and gets no follow-up faults for what those declare', () => {
    const files = new Map(starter);
    files.delete('guardrails.yaml');
    files.set('offers.yaml', 'offers: [');
    files.set('ofers.yaml', '');
    expect(faultsOf(parsePolicy(files, policyContext))).toEqual([
      'guardrails.yaml:1:1: the file guardrails.yaml is missing; every policy needs it',
      'ofers.yaml:1:1: "ofers.yaml" is not a file of a policy; did you mean "offers.yaml"?',
      expect.stringMatching(/^offers\.yaml:1:\d+: the file is not well-formed YAML: /),
    ]);
  });

  it('may not use aliases, keys that are no text, or more than one document', () => {
    const faults = faultsOf(
      parsePolicy(new Map([['triggers.yaml', 'a: &x 1\nb: *x\n2: c\n---\nd: e\n']]), policyContext),
    );
    expect(faults).toContain('triggers.yaml:2:4: the alias *x is not allowed: write the value out');
    expect(faults).toContain('triggers.yaml:3:1: the key 2 must be a text; put it into quotes');
    expect(faults.some((fault) => fault.includes('multiple documents'))).toBe(true);
  });

  it('is refused whole when it has more files or characters than the limit', () => {
    const many = new Map(Array.from({ length: 201 }, (_, at) => [`actions/a${at}.yaml`, '']));
    expect(faultsOf(parsePolicy(many, policyContext))).toEqual([
      'policy.yaml:1:1: the policy has 201 files with 0 characters; the limits are 200 and 2000000',
    ]);
    const long = new Map([['policy.yaml', `# ${'x'.repeat(2_000_000)}`]]);
    expect(faultsOf(parsePolicy(long, policyContext))).toHaveLength(1);
  });

  it('hears of limits on single things', () => {
    const offers = Array.from({ length: 251 }, (_, at) => `  o${at}: { kind: points, valid: 1d }`).join('\n');
    const faults = faultsOf(
      parsePolicy(new Map([...starter, ['offers.yaml', `offers:\n${offers}\n`]]), policyContext),
    );
    expect(faults).toContain('offers.yaml:252:3: there are more than 250 offers; that is the limit');
  });
});

describe('parsing', () => {
  it('gives the same version to the same files whatever their order, line ends and byte order mark', () => {
    const again = new Map(
      [...starter].reverse().map(([name, text]) => [name, `\uFEFF${text.replaceAll('\n', '\r\n')}`]),
    );
    expect(versionOf(parsePolicy(again, policyContext))).toBe(versionOf(parsePolicy(starter, policyContext)));
  });

  it('gives another version when a single character differs', () => {
    const other = withText(starter, 'policy.yaml', (text) => text.replace('holdout: 0.02', 'holdout: 0.03'));
    expect(versionOf(parsePolicy(other, policyContext))).not.toBe(
      versionOf(parsePolicy(starter, policyContext)),
    );
  });

  it('a policy with any one key or value changed either parses or has a fault at an existing line', () => {
    const edit = fc.record({
      file: fc.constantFrom(...starter.keys()),
      line: fc.nat(),
      part: fc.constantFrom('key', 'value', 'line', 'indent'),
      to: fc.oneof(
        fc.constantFrom(
          '',
          '~',
          '[]',
          '{}',
          '-1',
          '1e99',
          '.nan',
          'true',
          '"',
          "'",
          '{ a: b }',
          '[a, [b]]',
          '&a x',
          '*a',
        ),
        fc.constantFrom(
          '__proto__',
          'constructor',
          'toString',
          'id',
          'when',
          '0',
          'null',
          '!!binary aa',
          '|',
          '>',
          '---',
          '%',
        ),
        fc.string({ maxLength: 12 }),
        fc.string({ unit: 'binary', maxLength: 6 }),
      ),
    });
    fc.assert(
      fc.property(edit, ({ file, line, part, to }) => {
        const files = withText(starter, file, (text) => changeLine(text, line, part, to));
        const parsed = parsePolicy(files, policyContext);
        if (parsed.ok) return;
        expect(parsed.faults.length).toBeGreaterThan(0);
        for (const fault of parsed.faults) {
          const lines = (files.get(fault.file) ?? '').split('\n').length;
          expect(fault.line).toBeGreaterThanOrEqual(1);
          expect(fault.line).toBeLessThanOrEqual(lines);
          expect(fault.column).toBeGreaterThanOrEqual(1);
          expect(fault.message.length).toBeGreaterThan(10);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('any text at all in a file is answered with faults and never with an error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(parsePolicy(new Map([['policy.yaml', text]]), policyContext).ok).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});

function changeLine(text: string, at: number, part: string, to: string): string {
  const lines = text.split('\n');
  const candidates = lines.flatMap((line, index) => (/^\s*[^#\s]/.test(line) ? [index] : []));
  const index = candidates[at % candidates.length] ?? 0;
  const line = lines[index] ?? '';
  const [, indent = '', key = '', value = ''] = /^(\s*)([^:]*)(.*)$/.exec(line) ?? [];
  lines[index] =
    part === 'key'
      ? `${indent}${to}${value}`
      : part === 'value'
        ? `${indent}${key}: ${to}`
        : part === 'indent'
          ? ` ${line}`
          : to;
  return lines.join('\n');
}

function withText(files: PolicyFiles, name: string, change: (text: string) => string): PolicyFiles {
  return new Map([...files].map(([file, text]) => [file, file === name ? change(text) : text]));
}

function faultsOf(parsed: ParsedPolicy): string[] {
  return parsed.ok ? [] : parsed.faults.map(renderFault);
}

function versionOf(parsed: ParsedPolicy): string {
  return parsed.ok ? parsed.policy.version : 'faulty';
}

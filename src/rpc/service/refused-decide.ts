import { violation } from '../../codec/wire/violation.ts';
import type { DecideInput } from '../../core/decide/decide-input.ts';
import type { Failure } from '../failure.ts';
import type { RefusalLog } from '../refusal-log.ts';

const NOBODY: DecideInput['identifiers'] = [];

/** Keeps a refusal of a decide request for good among the last ones. `input` is undefined of one that could not be read. */
export function noteRefusedDecide(
  refusals: RefusalLog,
  method: string,
  input: DecideInput | undefined,
  { code, faults, message }: Failure,
): void {
  if (code !== 'invalid' && code !== 'already_exists' && code !== 'out_of_range') return;
  const id = input?.requestId ?? '';
  const violations =
    faults.length > 0 ? faults : [{ ...violation('request_id', `decide.${code}`, id), message }];
  refusals.add({ method, source: '', id, identifiers: input?.identifiers ?? NOBODY, violations });
}

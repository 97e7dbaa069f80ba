/** What the contract's own annotations say of a message, in the words of codec/wire: for tests. */
import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import type { Path } from '@bufbuild/protobuf/reflect';
import { createValidator } from '@bufbuild/protovalidate';
import { mendingField } from './wire/mending-field.ts';

const validator = createValidator();

/** `field rule` of every violation, sorted; a rule of a whole message names the field that would mend it. */
export function contractViolations<D extends DescMessage>(schema: D, message: MessageShape<D>): string[] {
  const result = validator.validate(schema, message);
  if (result.kind === 'error') throw result.error;
  return (result.violations ?? [])
    .map(({ field, ruleId }) => {
      const mending = mendingField(ruleId);
      const path = pathText(field);
      return `${path}${path === '' || mending === '' ? '' : '.'}${mending} ${ruleId}`;
    })
    .sort();
}

function pathText(path: Path): string {
  let text = '';
  for (const step of path) {
    if (step.kind === 'list_sub') text += `[${step.index}]`;
    else if (step.kind === 'map_sub') text += `[${JSON.stringify(step.key)}]`;
    else if (step.kind !== 'extension') text += `${text === '' ? '' : '.'}${step.name}`;
  }
  return text;
}

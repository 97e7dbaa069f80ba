import { GENERATED, generate } from './generated.ts';
import { ROOT } from './repository.ts';

/** `npm run generate`: writes every generated file anew. */
for (const one of GENERATED) {
  const failure = await generate(ROOT, one);
  console.log(failure ?? `${one.what}: written`);
  if (failure !== undefined) process.exitCode = 1;
}

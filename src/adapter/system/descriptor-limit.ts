import { readFileSync } from 'node:fs';

/** How many files and sockets this process may have open at once; undefined where the system does not tell or sets no limit. */
export function descriptorLimit(): number | undefined {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    if (soft !== undefined) return Number(soft);
  } catch {
    // Not Linux: Node's own report knows.
  }
  const report = process.report as { excludeNetwork?: boolean; getReport(): object };
  // Without the network part it asks no name server.
  report.excludeNetwork = true;
  const { userLimits } = report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } };
  const soft = userLimits?.open_files?.soft;
  return typeof soft === 'number' ? soft : undefined;
}

// What node's runner found, one line of JSON per test: `{file, name, passed, error}`.
const told = ({ name, file, details }, passed) => JSON.stringify({ file, name, passed, error: passed ? '' : reason(details.error) });

// The runner wraps what was thrown; a difference between two values is told with both.
function reason(error) {
  const cause = error?.cause ?? error;
  return String(cause?.stack ?? cause?.message ?? cause);
}

export default async function* report(events) {
  for await (const { type, data } of events) {
    if (type === 'test:pass') yield `${told(data, true)}\n`;
    if (type === 'test:fail') yield `${told(data, false)}\n`;
  }
}

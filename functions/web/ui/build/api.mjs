// Writes src/api/schema.ts, the API's types, from origin's OpenAPI document: `npm run api [-- path]`.
import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';

const DOCUMENT = process.argv[2] ?? '../../../origin/openapi.json';
const HEADER = '// Written by `npm run api` from origin’s OpenAPI document. Change origin, not this file.\n\n';

const document = JSON.parse(await readFile(DOCUMENT, 'utf8'));
// What workers and the edge ask of origin is not for browsers.
document.paths = Object.fromEntries(Object.entries(document.paths).filter(([path]) => path.startsWith('/api/')));
// Operations are named by their path here; origin's own names repeat between capabilities.
for (const operations of Object.values(document.paths)) {
  for (const operation of Object.values(operations)) delete operation.operationId;
}
document.components.schemas = reachable(document.components.schemas, document.paths);
await writeFile('src/api/schema.ts', HEADER + astToString(await openapiTS(document)));

/** The schemas that these paths mention, and those that they mention in turn. */
function reachable(schemas, paths) {
  const found = new Set();
  const visit = (value) => {
    for (const [, name] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (found.has(name)) continue;
      found.add(name);
      visit(schemas[name]);
    }
  };
  visit(paths);
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => found.has(name)));
}

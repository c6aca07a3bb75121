// Rules about dependencies: functions of the manifest, the lock file and the bill of materials. Each gives a line per finding.

/** Where the registry that everybody uses keeps packages; npm replaces it by the one that is configured. */
const PUBLIC = 'https://registry.npmjs.org/';

/** `node_modules/a/node_modules/@b/c` → `@b/c` */
function nameOf(path) {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

function installed(lock) {
  return Object.entries(lock.packages)
    .filter(([path]) => path !== '')
    .map(([path, entry]) => ({ path, name: nameOf(path), ...entry }));
}

function differences(what, found, listed) {
  return [
    ...found.filter((name) => !listed.includes(name)).map((name) => `${name} is ${what}, but not listed`),
    ...listed.filter((name) => !found.includes(name)).map((name) => `${name} is listed, but not ${what}`),
  ];
}

/** The dependencies of the manifest are those of the list, and nothing else comes with them. */
export function runtimeFindings(manifest, lock, runtime) {
  const direct = Object.keys(runtime);
  const all = [...direct, ...Object.values(runtime).flatMap(({ brings }) => brings)];
  const inLock = installed(lock).filter(({ dev }) => dev !== true);
  return [
    ...differences('a dependency of package.json', Object.keys(manifest.dependencies ?? {}), direct),
    ...differences('installed with the package', [...new Set(inLock.map(({ name }) => name))], all),
    ...['optionalDependencies', 'bundledDependencies', 'bundleDependencies']
      .filter((field) => manifest[field] !== undefined)
      .map((field) => `package.json has ${field}: list what is in it as a dependency, or leave it out`),
    ...Object.entries(manifest.dependencies ?? {})
      .filter(([, range]) => !/^\d+\.\d+\.\d+$/.test(range))
      .map(([name, range]) => `${name} is wanted as ${range}, not as one exact version of the registry`),
  ];
}

/** Nothing runs on install but what is allowed by name. */
export function scriptFindings(lock, allowed) {
  return installed(lock)
    .filter(({ name, hasInstallScript }) => hasInstallScript === true && !Object.hasOwn(allowed, name))
    .map(({ path }) => `${path} has an install script`);
}

/** Every licence is one of the list, or an exception by name. An exception that is not needed is a finding, too. */
export function licenceFindings(lock, licences, exceptions) {
  const packages = installed(lock);
  const isAllowed = ({ name, license, dev }) =>
    isFree(license, licences) || (dev === true && exceptions[name]?.licence === license);
  const used = new Set(packages.filter(({ license }) => !isFree(license, licences)).map(({ name }) => name));
  return [
    ...packages
      .filter((one) => !isAllowed(one))
      .map(({ path, license }) => `${path} is under ${license ?? 'no licence'}`),
    ...Object.keys(exceptions)
      .filter((name) => !used.has(name))
      .map((name) => `the exception for ${name} is not needed`),
  ];
}

// `(MIT OR CC0-1.0)` is free by one of them, `MIT AND ISC` by both.
function isFree(expression, licences) {
  if (typeof expression !== 'string') return false;
  const bare = expression.replace(/^\(([^()]*)\)$/, '$1');
  if (/[()]/.test(bare)) return false; // no package has needed that yet
  if (bare.includes(' OR ')) return bare.split(' OR ').some((part) => isFree(part, licences));
  return bare.split(' AND ').every((part) => licences.includes(part));
}

/** Every package has a strong hash and comes from the registry that everybody uses, under no name of a host or that one's. */
export function originFindings(lock) {
  return installed(lock).flatMap(({ path, link, integrity, resolved }) => [
    ...(link === true ? [`${path} is a link to a folder`] : []),
    ...(/^sha512-[\w+/]{86}==$/.test(integrity ?? '') ? [] : [`${path} has no sha512 integrity`]),
    ...(resolved === undefined || resolved.startsWith(PUBLIC) ? [] : [`${path} comes from ${resolved}`]),
  ]);
}

/** The bill of materials has all dependencies, and nothing that does not come with them. */
export function bomFindings(bom, runtime) {
  const names = (bom.components ?? []).map(({ group, name }) => (group === undefined ? name : `${group}/${name}`));
  const direct = Object.keys(runtime);
  const all = [...direct, ...Object.values(runtime).flatMap(({ brings }) => brings)];
  return [
    ...(bom.bomFormat === 'CycloneDX' ? [] : [`the bill of materials is of format ${bom.bomFormat}, not CycloneDX`]),
    ...direct.filter((name) => !names.includes(name)).map((name) => `${name} is not in the bill of materials`),
    ...names.filter((name) => !all.includes(name)).map((name) => `${name} is in the bill of materials, but not listed`),
  ];
}

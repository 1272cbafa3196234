import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { parse, parseAllDocuments } from 'yaml';
import { examineSettings } from '../../src/infrastructure/config.js';

const deploy = fileURLToPath(new URL('../../deploy', import.meta.url));
const textOf = (file: string): string => readFileSync(path.join(deploy, file), 'utf8');
const settings = examineSettings({}).questions.map(({ name }) => name);
/** Node's own. */
const KNOWN = [...settings, 'NODE_OPTIONS'];

/* eslint-disable @typescript-eslint/no-explicit-any -- what others define is looked at, not typed */
const manifests: any[] = readdirSync(path.join(deploy, 'kubernetes')).flatMap((file) =>
  parseAllDocuments(textOf(`kubernetes/${file}`), { strict: true }).map((document) => {
    if (document.errors.length > 0) throw document.errors[0]!;
    return document.toJS();
  }),
);
const ofKind = (...kinds: string[]): any[] => manifests.filter(({ kind }) => kinds.includes(kind));
const workloads = ofKind('Deployment', 'Job');
const compose: any = parse(textOf('compose.yaml'), { strict: true, merge: true });
const ours: [string, any][] = Object.entries<any>(compose.services).filter(
  ([, { image }]) => image === 'holdfast:local',
);
const dockerfile = textOf('Dockerfile');

describe('the manifests', () => {
  it('are all that are needed, each with a name, and in no namespace', () => {
    const found = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();
    expect(found).toEqual([
      ...['ConfigMap holdfast', 'Deployment holdfast-api', 'Deployment holdfast-projector', 'Job holdfast-migrate'],
      ...['NetworkPolicy holdfast', 'NetworkPolicy holdfast-api', 'NetworkPolicy holdfast-projector'],
      ...[
        'PodDisruptionBudget holdfast-api',
        'PodDisruptionBudget holdfast-projector',
        'Secret holdfast',
        'Service holdfast',
      ],
    ]);
    for (const { metadata } of manifests) expect(metadata).not.toHaveProperty('namespace');
  });

  it('have versions that their kinds have', () => {
    const versions = new Map(manifests.map(({ kind, apiVersion }) => [kind, apiVersion]));
    expect(Object.fromEntries(versions)).toEqual({
      ...{ ConfigMap: 'v1', Secret: 'v1', Service: 'v1', Deployment: 'apps/v1', Job: 'batch/v1' },
      ...{ NetworkPolicy: 'networking.k8s.io/v1', PodDisruptionBudget: 'policy/v1' },
    });
  });

  it('set nothing that no process reads, and name the secret and the settings that are there', () => {
    for (const { data, stringData } of ofKind('ConfigMap', 'Secret'))
      expect(KNOWN).toEqual(expect.arrayContaining(Object.keys(data ?? stringData)));
    for (const { spec } of workloads)
      expect(spec.template.spec.containers[0].envFrom).toEqual([
        { configMapRef: { name: 'holdfast' } },
        { secretRef: { name: 'holdfast' } },
      ]);
  });

  it('give a process no right that it does not need, and a bound to what it takes', () => {
    for (const { spec } of workloads) {
      const pod = spec.template.spec;
      const [container] = pod.containers;
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      expect(pod.automountServiceAccountToken).toBe(false);
      expect(container.securityContext).toEqual({
        ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
      });
      expect(container.resources).toMatchObject({
        requests: { memory: expect.any(String) },
        limits: { memory: expect.any(String) },
      });
      const program = container.command.find((part: string) => part.endsWith('.js'));
      expect(dockerfile).toContain(`./${path.posix.dirname(program)}\n`);
    }
  });

  it('select pods that there are, and ask for health where it is told', () => {
    const labels = workloads.map(({ spec }) => spec.template.metadata.labels);
    const selectors = [
      ...ofKind('Deployment', 'PodDisruptionBudget').map(({ spec }) => spec.selector.matchLabels),
      ...ofKind('Service').map(({ spec }) => spec.selector),
      ...ofKind('NetworkPolicy').map(({ spec }) => spec.podSelector.matchLabels),
    ];
    for (const selector of selectors) expect(labels).toContainEqual(expect.objectContaining(selector));
    const api = workloads.find(({ metadata }) => metadata.name === 'holdfast-api').spec.template.spec.containers[0];
    const paths = JSON.parse(readFileSync('openapi.json', 'utf8')).paths;
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'])
      expect(paths).toHaveProperty([api[probe].httpGet.path]);
    expect(api.ports).toEqual([{ name: api.readinessProbe.httpGet.port, containerPort: 3000 }]);
    const projector = workloads.find(({ metadata }) => metadata.name === 'holdfast-projector').spec.template.spec;
    const { livenessProbe, ports } = projector.containers[0];
    expect(livenessProbe.httpGet).toEqual({ path: '/health/live', port: ports[0].name });
    expect(String(ports[0].containerPort)).toBe(ofKind('ConfigMap')[0].data.PROJECTOR_PORT);
  });
});

describe('compose.yaml', () => {
  it('has two API processes, two projectors, and what they need', () => {
    expect(Object.keys(compose.services).sort()).toEqual([
      ...['api-1', 'api-2', 'grafana', 'kurrentdb', 'migrate', 'postgres', 'projector', 'prometheus'],
    ]);
    expect(compose.services.projector.deploy.replicas).toBe(2);
    expect(compose.services.kurrentdb.profiles).toEqual(['kurrentdb']);
  });

  it('sets nothing that no process reads, and leaves nothing writable', () => {
    for (const [, service] of ours) {
      expect(KNOWN).toEqual(expect.arrayContaining(Object.keys(service.environment)));
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
    }
    expect(ours).toHaveLength(4);
  });

  it('declares the volumes and secrets, has the files it mounts, and waits for what there is', () => {
    for (const service of Object.values<any>(compose.services)) {
      for (const volume of service.volumes ?? []) {
        const [source] = String(volume).split(':') as [string];
        if (source.startsWith('.')) expect(existsSync(path.join(deploy, source))).toBe(true);
        else expect(compose.volumes).toHaveProperty([source]);
      }
      for (const secret of service.secrets ?? []) expect(compose.secrets).toHaveProperty([secret]);
      for (const name of Object.keys(service.depends_on ?? {})) expect(compose.services).toHaveProperty([name]);
    }
  });

  it('has no password of its own: every variable is in env.example, and those that open something are empty', () => {
    const example = parseEnv(textOf('env.example'));
    const asked = [...textOf('compose.yaml').matchAll(/\$\{([A-Z0-9_]+)/g)].map(([, name]) => name!);
    expect(Object.keys(example).sort()).toEqual([...new Set(asked)].sort());
    for (const [name, value] of Object.entries(example)) if (name !== 'TRUSTED_PROXIES') expect(value).toBe('');
  });

  it('scrapes the processes that there are, on the ports they have', () => {
    const { scrape_configs: jobs } = parse(textOf('prometheus/prometheus.yml'));
    const targets: string[] = jobs.flatMap(({ static_configs }: any) =>
      (static_configs ?? []).flatMap(({ targets }: any) => targets),
    );
    const found: any[] = jobs.flatMap(({ dns_sd_configs }: any) => dns_sd_configs ?? []);
    expect(found).toMatchObject([{ names: ['projector'], type: 'A' }]);
    expect(compose.services.projector.environment.PROJECTOR_PORT).toBe(String(found[0].port));
    expect(targets).toHaveLength(2);
    for (const target of targets) expect(compose.services).toHaveProperty([target.replace(/:3000$/, '')]);
  });
});

describe('the Dockerfile', () => {
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources]) => sources!.split(' '));

  it('copies what is there, and what .dockerignore lets through', () => {
    const ignore = readFileSync('.dockerignore', 'utf8').split('\n');
    expect(copied.filter((file) => !existsSync(file) || !ignore.includes(`!${file}`))).toEqual([]);
  });

  it('takes from the build all that the package brings for a process', () => {
    const { files } = JSON.parse(readFileSync('package.json', 'utf8')) as { files: string[] };
    const folders = [...dockerfile.matchAll(/^COPY --from=build \/build\/(\S+) \.\/\1$/gm)].map(
      ([, folder]) => folder!,
    );
    const brought = files.filter((file) => file.startsWith('dist/')).map((file) => file.replace(/\/\*.*$/, ''));
    expect(brought.filter((place) => !folders.some((folder) => folder.startsWith(place)))).toEqual([]);
    expect(copied).toContain('openapi.json');
  });

  it('has the command line where the documents have it', () => {
    const { bin } = JSON.parse(readFileSync('package.json', 'utf8')) as { bin: Readonly<Record<string, string>> };
    for (const file of Object.values(bin))
      expect(dockerfile).toContain(`COPY ${path.dirname(file)} ./${path.dirname(file)}\n`);
  });

  it('runs without rights, with a health check, and sets what is read', () => {
    expect(dockerfile).toMatch(/^USER 1000:1000$/m);
    expect(dockerfile).toMatch(/^HEALTHCHECK .*\/health\/ready/m);
    const [, pairs] = /^ENV (.+)$/m.exec(dockerfile)!;
    expect(KNOWN).toEqual(expect.arrayContaining(pairs!.split(' ').map((pair) => pair.split('=')[0])));
  });
});

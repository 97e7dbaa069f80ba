/** The clients that are fetched, as their registries name them; a change here fetches them again. */
export const VERSIONS = {
  python: {
    grpcio: '1.85.3',
    'grpcio-status': '1.85.3',
    'grpcio-tools': '1.85.1',
    'googleapis-common-protos': '1.76.0',
    protobuf: '7.36.2',
    setuptools: '84.2.1',
    typing_extensions: '4.16.0',
  },
  go: {
    grpcurl: 'github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.4',
    'grpc-health-probe': 'github.com/grpc-ecosystem/grpc-health-probe@v0.4.63',
    k6: 'go.k6.io/k6@v1.8.1',
  },
  npm: {
    '@bufbuild/protobuf': '2.17.0',
    '@connectrpc/connect': '2.3.0',
    '@connectrpc/connect-node': '2.3.0',
  },
  /** Debian keeps one version of a release, so the package is named without. */
  debian: { nginx: 'nginx' },
} as const;

/**
 * The official ONNX Runtime (1.29 and later) reports sessions and models to its maker, and leaves `.ses` and `mat-debug-….log`
 * in the temporary folder. A service that holds a shop's customers reports nothing to anybody. Read once, when the library
 * starts: so this is imported before it.
 */
process.env.ORT_DISABLE_TELEMETRY = '1';

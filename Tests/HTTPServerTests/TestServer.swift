import Dispatch
import HTTP
import HTTPServer
import Platform
import Synchronization
import Telemetry

/// Limits for tests: small sizes, generous times unless a test is about them.
struct TestLimits {
    var headSeconds = 30.0
    var bodySeconds = 30.0
    var idleSeconds = 30.0
    var stallSeconds = 30.0
    var lingerSeconds = 2.0
    var connections = 64
    var outputBytes = 64 << 20
    var bodyBytes = 1 << 20

    var limits: Limits {
        Limits(
            head: HeadLimits(headBytes: 16_384, fieldCount: 100, targetBytes: 8192, headSeconds: headSeconds),
            body: BodyLimits(
                bodyBytes: bodyBytes, chunkExtensionBytes: 256, bodySeconds: bodySeconds, minimumBytesPerSecond: 0),
            connection: ConnectionLimits(
                connections: connections, idleSeconds: idleSeconds, stallSeconds: stallSeconds,
                outputBytes: outputBytes,
                lingerSeconds: lingerSeconds))
    }
}

/// A handler made of closures.
struct TestHandler: Handler {
    var judge: @Sendable (RequestHead) -> Response? = { _ in nil }
    let answer: @Sendable (Request, any Exchange) -> Void

    func admit(_ head: RequestHead) -> Response? { judge(head) }
    func handle(_ request: Request, on exchange: any Exchange) { answer(request, exchange) }
}

/// Something that happens on another thread and that a test waits for.
final class Signal: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    private let fired = Atomic<Int>(0)

    var count: Int { fired.load(ordering: .relaxed) }

    func fire() {
        fired.wrappingAdd(1, ordering: .relaxed)
        semaphore.signal()
    }

    /// Whether it happened; gives up after a minute, which only a broken server needs.
    func wait() -> Bool { semaphore.wait(timeout: .now() + 60) == .success }
}

/// Values that handlers leave for the test.
final class Recorder<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])
    var all: [Value] { values.withLock { $0 } }
    func add(_ value: Value) { values.withLock { $0.append(value) } }
}

/// A listener on a port of the loopback device, with the log lines it printed.
struct TestServer {
    let listener: Listener
    let address: SocketAddress
    let lines = Recorder<String>()
    let registry: Registry

    init(
        _ limits: TestLimits = TestLimits(), tracing: Bool = false, origins: [String] = [],
        memory: ByteAllowance = .unbounded,
        routes: (inout Router) -> Void
    ) throws {
        var router = Router(errorBody: PlainErrorBody.write)
        routes(&router)
        var registry = Registry(commonLabels: [:])
        let lines = lines
        let output = LogOutput(format: .keyValue, timestamp: { "" }) { lines.add(String(decoding: $0, as: UTF8.self)) }
        let log = Log(label: "http", level: .info, output: output)
        let services = ServerServices(
            router: router, errorBody: PlainErrorBody.write, log: log, trace: tracing ? HopTrace(log: log) : .off,
            metrics: HTTPMetrics(registry: &registry), origins: OriginRule(allowed: origins), memory: memory)
        self.registry = registry
        listener = Listener(services: services, limits: limits.limits)
        address = try listener.start(address: SocketAddress(host: "127.0.0.1", port: 0))
    }

    func connect() throws -> TestClient { TestClient(try FileDescriptor(connectingTo: address, timeoutSeconds: 60)) }

    /// Stops and waits until every connection is gone.
    func stop() -> Bool {
        let stopped = Signal()
        listener.stop { stopped.fire() }
        return stopped.wait()
    }

    /// The value of an unlabelled metric.
    func metric(_ name: String) -> String? {
        registry.exposition().split(separator: "\n").first { $0.hasPrefix(name + " ") }.map {
            String($0.dropFirst(name.utf8.count + 1))
        }
    }

    /// Waits until the metric has the value; gives up after a minute.
    func waitFor(_ name: String, _ value: String) -> Bool { eventually { metric(name) == value } }
}

/// Whether `condition` comes true; gives up after a minute, which only a broken server needs.
func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
    let end = Clock.monotonicSeconds() + 60
    while try !condition() {
        if Clock.monotonicSeconds() > end { return false }
        DispatchSemaphore(value: 0).waitBriefly()
    }
    return true
}

extension DispatchSemaphore {
    /// Lets other threads run while a test polls a condition.
    func waitBriefly() { _ = wait(timeout: .now() + .milliseconds(2)) }
}

import Kernels
import Models
import Platform
import Settings
import Weights

/// What serving a model takes, worked out and compared with the memory there is before any of it is taken.
struct ServingPlan {
    /// The model's extents.
    let shape: ModelShape
    /// Context, pages and rows to serve with.
    let extent: ServingExtent
    /// Bytes of each part.
    let memory: MemoryPlan
    /// What the process may take.
    let limit: (limit: Int, source: String)

    /// The longest context that is chosen without being asked for.
    private static let unaskedContext = 8192
    /// Full contexts that the KV cache holds when its size is not given.
    private static let unaskedContexts = 4
    /// Code, buffers of connections, tokenizer and allocator, by measurement on the default model rounded up.
    private static let processBytes = 96 << 20

    init(_ file: any TensorFile, _ settings: Configuration.Engine) throws {
        let shape = try ModelLoader.shape(of: file)
        let context = try Self.context(shape, settings)
        let format = KVFormat(rawValue: settings.kvFormat) ?? .f32
        let pages = try Self.pages(shape, settings, context: context, format: format)
        let extent = ServingExtent(
            context: context, kvFormat: format, pages: pages, pageTokens: settings.pageTokens,
            maximumRows: settings.stepTokens, maximumOutputs: settings.stepTokens)
        self.shape = shape
        self.extent = extent
        self.memory = try ModelLoader.memoryPlan(file, extent)
        self.limit = settings.memoryBytes > 0 ? (settings.memoryBytes, "engine.memory_bytes") : MemoryLimit.bytes()
    }

    private static func context(_ shape: ModelShape, _ settings: Configuration.Engine) throws -> Int {
        guard settings.context <= shape.trainedContext else {
            throw CommandFailure(
                "engine.context is \(settings.context), but the model was made for \(shape.trainedContext) tokens")
        }
        return settings.context > 0 ? settings.context : min(shape.trainedContext, unaskedContext)
    }

    private static func pages(
        _ shape: ModelShape, _ settings: Configuration.Engine, context: Int, format: KVFormat
    ) throws -> Int {
        let pageBytes = shape.kvBytesPerToken(format) * settings.pageTokens
        let needed = (context + settings.pageTokens - 1) / settings.pageTokens
        guard settings.kvBytes > 0 else { return needed * unaskedContexts }
        let pages = settings.kvBytes / pageBytes
        guard pages >= needed else {
            throw CommandFailure(
                """
                engine.kv_bytes is \(Size.text(settings.kvBytes)), but one context of \(context) tokens takes \
                \(needed) pages of \(Size.text(pageBytes)) = \(Size.text(needed * pageBytes)): \
                give more memory or a smaller engine.context
                """)
        }
        return pages
    }

    /// Everything that the process will hold.
    var totalBytes: Int { memory.totalBytes + Self.processBytes }

    /// The sum, term by term.
    var arithmetic: String {
        """
        weights \(Size.text(memory.weightBytes)) + KV cache \(Size.text(memory.cacheBytes)) \
        (\(extent.pages) pages of \(extent.pageTokens) tokens, \(Size.text(memory.kvBytesPerToken)) a token) \
        + step buffers \(Size.text(memory.workspaceBytes)) + rotary tables \(Size.text(memory.rotaryBytes)) \
        + process \(Size.text(Self.processBytes)) = \(Size.text(totalBytes)); \
        limit \(Size.text(limit.limit)) (\(limit.source))
        """
    }

    /// Refuses what cannot work.
    func check() throws {
        guard totalBytes <= limit.limit else {
            throw CommandFailure(
                "not enough memory: \(arithmetic). Give a smaller engine.context or engine.kv_bytes, or engine.kv_format bf16")
        }
    }
}

/// Sizes for people.
enum Size {
    /// `93.8 MiB`
    static func text(_ bytes: Int) -> String {
        let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
        var value = Double(bytes)
        var unit = 0
        while value >= 1024, unit + 1 < units.count {
            value /= 1024
            unit += 1
        }
        guard unit > 0 else { return "\(bytes) bytes" }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }

    /// `134.5 M`
    static func count(_ number: Int) -> String {
        let steps = [(1_000_000_000, "B"), (1_000_000, "M"), (1000, "k")]
        guard let (unit, letter) = steps.first(where: { number >= $0.0 }) else { return "\(number)" }
        let tenths = Int((Double(number) / Double(unit) * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(letter)"
    }
}

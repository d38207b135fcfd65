import Models
import Platform
import Settings
import Weights

/// The folder with packed weights: at most so many bytes, those used longest ago go first.
final class WeightFolder: WeightStore {
    private let path: String
    private let maximumBytes: Int
    private static let suffix = ".weights"

    /// What there is to say afterwards, in the order of events.
    private(set) var outcomes: [CacheOutcome] = []

    init(path: String, maximumBytes: Int) {
        self.path = path
        self.maximumBytes = maximumBytes
    }

    func open(_ name: String) -> PackedFile? {
        guard let folder = try? CacheFolder(path: path), FileName.isTaken(folder.file(name)) else { return nil }
        guard folder.isTrusted(name) else {
            report(.refused("others may write to \(folder.file(name))"))
            return nil
        }
        do throws(WeightsError) {
            let file = try PackedFile(path: folder.file(name))
            folder.touch(name)
            return file
        } catch {
            report(.refused(error.description))
            return nil
        }
    }

    func create(_ name: String, byteCount: Int, matrices: Int, sources: Int) -> PackedFileWriter? {
        do throws(Errno) {
            let folder = try CacheFolder(path: path)
            guard byteCount <= maximumBytes else {
                report(.failed("the weights take \(Size.text(byteCount)), more than model.cache_bytes"))
                return nil
            }
            try makeRoom(folder, for: byteCount, sparing: name)
            return try PackedFileWriter(path: folder.file(name), matrices: matrices, sources: sources)
        } catch {
            report(.failed("\(path): \(error)"))
            return nil
        }
    }

    func report(_ outcome: CacheOutcome) { outcomes.append(outcome) }

    private func makeRoom(_ folder: CacheFolder, for bytes: Int, sparing name: String) throws(Errno) {
        let others = try folder.entries(suffix: Self.suffix).filter { $0.name != name }
        var total = others.reduce(0) { $0 + $1.byteCount }
        for entry in others.sorted(by: { $0.usedSeconds < $1.usedSeconds }) where total + bytes > maximumBytes {
            try folder.remove(entry.name)
            total -= entry.byteCount
        }
    }

    /// One line for a start-up message; empty where nothing happened.
    var summary: String {
        outcomes.map { outcome in
            switch outcome {
            case .hit: "weights read from the cache"
            case .written(let bytes): "\(Size.text(bytes)) written to the cache"
            case .refused(let reason): "cached weights not used: \(reason)"
            case .failed(let reason): "weights not cached: \(reason)"
            }
        }.joined(separator: ", ")
    }
}

extension Configuration.Model {
    /// Where packed weights are kept; nil where the settings or the environment say nowhere.
    var weightFolder: WeightFolder? {
        guard !["", "none"].contains(cacheDir) else { return nil }
        guard cacheDir == "auto" else { return WeightFolder(path: cacheDir, maximumBytes: cacheBytes) }
        func variable(_ name: String) -> String? {
            ProcessEnvironment.value(name).flatMap { $0.hasPrefix("/") ? $0 : nil }
        }
        // A service may have several folders; the first is for the purpose.
        let given = variable("CACHE_DIRECTORY")?.split(separator: ":").first.map(String.init)
        let usual = variable("XDG_CACHE_HOME") ?? variable("HOME").map { $0 + "/.cache" }
        return (given ?? usual.map { $0 + "/michat" }).map { WeightFolder(path: $0, maximumBytes: cacheBytes) }
    }
}

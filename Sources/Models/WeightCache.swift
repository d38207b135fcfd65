import Kernels
package import Weights

/// Where packed weights are kept from one start to the next.
package protocol WeightStore: AnyObject {
    /// The file under this name, if there is a sound one that nobody else could have written.
    func open(_ name: String) -> PackedFile?
    /// Starts a file of about so many bytes under this name; nil where that cannot be, of which the store keeps the reason.
    func create(_ name: String, byteCount: Int, matrices: Int, sources: Int) -> PackedFileWriter?
    /// Hears the outcome.
    func report(_ outcome: CacheOutcome)
}

/// What a cache did for a load.
package enum CacheOutcome: Sendable, Equatable {
    /// The weights are read where they lie in the file.
    case hit(bytes: Int)
    /// The weights were written for the next time.
    case written(bytes: Int)
    /// A file that was there was of no use, for this reason; a new one may follow.
    case refused(String)
    /// The weights could not be written, for this reason.
    case failed(String)
}

/// One load through a store: reads all matrices from a file that fits, or writes one.
struct WeightCache {
    private enum Direction {
        case off
        case reading(PackedFile)
        case writing(PackedFileWriter)
    }

    private let blueprint: Blueprint
    private let compute: Compute
    private let store: (any WeightStore)?
    private let name: String
    private let key: [UInt8]
    private var direction = Direction.off
    private var place = 0
    private var table: PackedTable
    private var contents: [UInt8] = []

    /// Looks for a file that was made of the same bytes in the same way.
    init(_ blueprint: Blueprint, _ store: (any WeightStore)?, compute: Compute) {
        self.blueprint = blueprint
        self.compute = compute
        let matrices = blueprint.matrices
        let isWorthIt = matrices.contains { $0.quantised != nil }
        self.store = isWorthIt ? store : nil
        key = compute.digest(of: matrices.map(\.recipe).joined(separator: "\n"))
        name = key.prefix(12).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() + ".weights"
        let sources = blueprint.file.identities
        table = PackedTable(
            key: key, content: [], sources: PackedTable.reliable(sources), entries: [])
        if let store = self.store { open(store, matrices) }
    }

    private mutating func open(_ store: any WeightStore, _ matrices: [StoredTensor]) {
        if let file = store.open(name) {
            guard let complaint = complaint(about: file, matrices) else {
                direction = .reading(file)
                return store.report(.hit(bytes: file.fileBytes))
            }
            store.report(.refused(complaint))
        }
        let bytes = matrices.reduce(0) { $0 + ($1.packedBytes ?? 0) }
        let sources = blueprint.file.identities.count
        if let writer = store.create(name, byteCount: bytes, matrices: matrices.count, sources: sources) {
            direction = .writing(writer)
        }
    }

    /// Why a file cannot be used.
    private func complaint(about file: PackedFile, _ matrices: [StoredTensor]) -> String? {
        let entries = file.table.entries
        guard file.table.key == key, entries.count == matrices.count else { return "it is of another model" }
        for (entry, matrix) in zip(entries, matrices) {
            guard entry.byteCount == matrix.packedBytes, compute.checksum(file.bytes(of: entry)) == entry.checksum
            else {
                return "it is damaged"
            }
        }
        let now = blueprint.file.identities
        if !now.isEmpty, file.table.sources == now { return nil }
        // The files may still hold the same bytes: copied, or touched.
        let digests = matrices.flatMap { sourceDigest(of: $0) }
        return compute.digest(of: digests) == file.table.content ? nil : "the model has changed"
    }

    private func sourceDigest(of tensor: StoredTensor) -> [UInt8] {
        let digest = compute.digest(blueprint.file.bytes(of: tensor.info).extracting(tensor.byteRange))
        blueprint.file.release(tensor.info)
        return digest
    }

    /// The next matrix as it lies in the file, and its checksum, which was compared; nil where it has to be packed.
    mutating func next(_ tensor: StoredTensor) -> (matrix: Matrix, checksum: [UInt8])? {
        guard case .reading(let file) = direction, place < file.table.entries.count else { return nil }
        let entry = file.table.entries[place]
        place += 1
        let form = tensor.form
        let mapped = Matrix(
            mapped: file.mapping, byteOffset: entry.byteOffset, format: form.wanted, outputs: form.outputs,
            inputs: form.inputs)
        return mapped.map { (matrix: $0, checksum: entry.checksum) }
    }

    /// Keeps a matrix that was packed; what it was made of is still in memory then.
    mutating func keep(_ matrix: Matrix, checksum: [UInt8], of tensor: StoredTensor) {
        guard case .writing(let writer) = direction else { return }
        contents += compute.digest(blueprint.file.bytes(of: tensor.info).extracting(tensor.byteRange))
        do {
            let offset = try writer.append(matrix.packedBytes)
            table.entries.append(
                PackedTable.Entry(
                    format: Int(matrix.format.rawValue), outputs: matrix.outputs, inputs: matrix.inputs,
                    byteOffset: offset, byteCount: matrix.byteCount, checksum: checksum))
        } catch {
            direction = .off
            store?.report(.failed("\(error)"))
        }
    }

    /// Everything is loaded.
    mutating func finish() {
        guard case .writing(let writer) = direction else { return }
        table.content = compute.digest(of: contents)
        do {
            try writer.commit(table)
            store?.report(.written(bytes: writer.count))
        } catch {
            store?.report(.failed("\(error)"))
        }
    }
}

extension StoredTensor {
    /// Everything that decides how the matrix is packed, but for its values.
    fileprivate var recipe: String {
        "\(Matrix.layoutVersion) \(Matrix.encoderVersion) \(info.name) \(extents) \(firstRow) \(format.name) "
            + (quantised ?? format).name
    }
}

extension Compute {
    fileprivate func digest(of text: String) -> [UInt8] { digest(of: Array(text.utf8)) }
}

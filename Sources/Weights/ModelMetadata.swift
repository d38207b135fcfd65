/// The key-value part of a model file, read by key and type.
///
/// An absent key is nil; a key that holds something else than was asked for is an error that names it.
package struct ModelMetadata: Sendable {
    /// All keys in the order of the file.
    package let keys: [String]
    private let values: [String: MetadataValue]
    private let file: String
    /// What the file itself calls a key, where it does not use our names.
    private let fields: [String: String]

    init(file: String, keys: [String], values: [String: MetadataValue], fields: [String: String] = [:]) {
        self.file = file
        self.keys = keys
        self.values = values
        self.fields = fields
    }

    /// All keys with their values, in the order of the keys: the same bytes for the same metadata, and for no other.
    package var canonicalBytes: [UInt8] {
        var bytes: [UInt8] = []
        func append(_ part: [UInt8]) {
            bytes += Array("\(part.count):".utf8)
            bytes += part
        }
        for key in keys.sorted() {
            append(Array(key.utf8))
            switch values[key] {
            case .unsigned(let value): append(Array("u\(value)".utf8))
            case .signed(let value): append(Array("i\(value)".utf8))
            case .real(let value): append(Array("r\(value.bitPattern)".utf8))
            case .flag(let value): append(Array("b\(value)".utf8))
            case .text(let value): append(Array(value.utf8))
            case .strings(let value):
                append(value.bytes)
                append(value.ends.flatMap { end in (0..<8).map { UInt8(truncatingIfNeeded: end >> (8 * $0)) } })
            case .numbers(let value): append(value.bytes)
            case nil: break
            }
        }
        return bytes
    }

    /// Whether the file has the key.
    package func contains(_ key: String) -> Bool { values[key] != nil }

    /// The string under `key`.
    /// - Throws: `WeightsError` where the value has another type.
    package func string(_ key: String) throws(WeightsError) -> String? {
        guard let value = values[key] else { return nil }
        guard case .text(let text) = value else { throw mismatch(key, value, "a string") }
        return text
    }

    /// The integer under `key`, whatever its stored width.
    /// - Throws: `WeightsError` where the value has another type, or does not fit.
    package func int(_ key: String) throws(WeightsError) -> Int? {
        guard let value = values[key] else { return nil }
        guard let integer = value.integer else { throw mismatch(key, value, "an integer of at most 63 bits") }
        return integer
    }

    /// The number under `key`, integer or not.
    /// - Throws: `WeightsError` where the value has another type.
    package func double(_ key: String) throws(WeightsError) -> Double? {
        guard let value = values[key] else { return nil }
        if case .real(let real) = value { return real }
        guard let integer = value.integer else { throw mismatch(key, value, "a number") }
        return Double(integer)
    }

    /// The truth value under `key`.
    /// - Throws: `WeightsError` where the value has another type.
    package func bool(_ key: String) throws(WeightsError) -> Bool? {
        guard let value = values[key] else { return nil }
        guard case .flag(let flag) = value else { throw mismatch(key, value, "a truth value") }
        return flag
    }

    /// The strings under `key`.
    /// - Throws: `WeightsError` where the value has another type.
    package func strings(_ key: String) throws(WeightsError) -> PackedStrings? {
        guard let value = values[key] else { return nil }
        if case .numbers(let array) = value, array.count == 0 { return PackedStrings(bytes: [], ends: []) }
        guard case .strings(let strings) = value else { throw mismatch(key, value, "a list of strings") }
        return strings
    }

    /// The integers under `key`; a lone integer counts as a list of one.
    /// - Throws: `WeightsError` where the value has another type, or an element does not fit.
    package func ints(_ key: String) throws(WeightsError) -> [Int32]? {
        guard let value = values[key] else { return nil }
        let expected = "a list of integers of at most 32 bits"
        if let single = value.integer {
            guard let narrow = Int32(exactly: single) else { throw mismatch(key, value, expected) }
            return [narrow]
        }
        guard case .numbers(let array) = value else { throw mismatch(key, value, expected) }
        var result: [Int32] = []
        result.reserveCapacity(array.count)
        for index in 0..<array.count {
            guard let wide = array.value(index)?.integer, let narrow = Int32(exactly: wide) else {
                throw fail(key, "element \(index) is not an integer of at most 32 bits")
            }
            result.append(narrow)
        }
        return result
    }

    /// The numbers under `key` in single precision.
    /// - Throws: `WeightsError` where the value has another type.
    package func floats(_ key: String) throws(WeightsError) -> [Float]? {
        guard let value = values[key] else { return nil }
        guard case .numbers(let array) = value else { throw mismatch(key, value, "a list of numbers") }
        var result: [Float] = []
        result.reserveCapacity(array.count)
        for index in 0..<array.count {
            switch array.value(index) {
            case .real(let real): result.append(Float(real))
            case .unsigned(let integer): result.append(Float(integer))
            case .signed(let integer): result.append(Float(integer))
            default: throw fail(key, "element \(index) is not a number")
            }
        }
        return result
    }

    /// One line about the value under `key` for people, at most `maximumCharacters` of it.
    package func summary(_ key: String, maximumCharacters: Int) -> String? {
        let text: String
        switch values[key] {
        case nil: return nil
        case .unsigned(let value): text = String(value)
        case .signed(let value): text = String(value)
        case .real(let value): text = String(Float(value))
        case .flag(let value): text = String(value)
        case .text(let value): text = value
        case .strings(let value): text = "\(value.count) strings"
        case .numbers(let value): text = "\(value.count) numbers"
        }
        return Quotation.shortened(text, to: maximumCharacters)
    }

    /// An error about `key` of this file.
    package func fail(_ key: String, _ reason: String) -> WeightsError {
        let name = fields[key].map { "field \(Quotation.quoted($0))" } ?? "key \(Quotation.quoted(key))"
        return WeightsError(file: file, reason: "\(name): \(reason)")
    }

    /// What the file calls `key`.
    package func fieldName(_ key: String) -> String { fields[key] ?? key }

    private func mismatch(_ key: String, _ value: MetadataValue, _ expected: String) -> WeightsError {
        fail(key, "\(expected) is expected, but the file holds \(value.kind)")
    }
}

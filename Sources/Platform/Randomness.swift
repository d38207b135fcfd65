internal import CSystem

/// Unpredictable bytes from the kernel.
package enum Randomness {
    /// `count` bytes. A machine without a random source cannot serve safely: the process stops.
    package static func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let code = unsafe sys_random(&bytes, count)
        precondition(code == 0, "getrandom failed: errno \(code)")
        return bytes
    }

    /// `byteCount` bytes as lower-case hexadecimal digits.
    package static func hex(byteCount: Int) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes(byteCount) { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}

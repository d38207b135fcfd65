internal import CKernels

/// The scalar specification of every element format.
package enum Decoding {
    /// `count` elements of file blocks as floats, equal to the format's reference dequantiser bit for bit.
    package static func decode(_ source: RawSpan, format: ElementFormat, count: Int) -> [Float] {
        precondition(format.byteCount(elements: count) == source.byteCount, "bytes do not match the count")
        var values = [Float](repeating: 0, count: count)
        let blocks = count / format.blockElements
        unsafe source.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            unsafe kernel_decode(format.code, start.assumingMemoryBound(to: UInt8.self), blocks, &values)
        }
        return values
    }
}

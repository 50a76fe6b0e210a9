package keyring

import (
	"crypto/ed25519"
	"math/big"
)

// base58 is the Bitcoin alphabet, which multibase "z" means.
const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// Multikey writes an Ed25519 public key as publicKeyMultibase (FEP-521a): "z",
// then base58btc of the bytes 0xed 0x01 and the key.
func Multikey(key ed25519.PublicKey) string {
	raw := append([]byte{0xed, 0x01}, key...)
	n, mod, radix := new(big.Int).SetBytes(raw), new(big.Int), big.NewInt(58)
	var out []byte
	for n.Sign() > 0 {
		n.DivMod(n, radix, mod)
		out = append(out, base58[mod.Int64()])
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return "z" + string(out)
}

#include "textflag.h"

// func copyRows(out, words *uint64, gradOut, grad *int64, rows *int32, n, listed, width int)
//
// DI out, SI words, CX gradOut, R15 grad, DX rows, R14 end of the rows to copy, BX end
// of those listed, R8 bytes of a row. The lines of the row that is 48 ahead are asked for while this
// one is copied.
TEXT ·copyRows(SB), NOSPLIT, $0-64
	MOVQ out+0(FP), DI
	MOVQ words+8(FP), SI
	MOVQ gradOut+16(FP), CX
	MOVQ grad+24(FP), R15
	MOVQ rows+32(FP), DX
	MOVQ n+40(FP), R14
	MOVQ listed+48(FP), BX
	MOVQ width+56(FP), R8
	SHLQ $3, R8
	LEAQ (DX)(R14*4), R14
	LEAQ (DX)(BX*4), BX
	CMPQ DX, R14
	JAE  done
row:
	LEAQ 192(DX), R12
	CMPQ R12, BX
	JAE  copy
	MOVLQSX (R12), R12
	PREFETCHT0 (R15)(R12*8)
	IMULQ R8, R12
	ADDQ SI, R12
	LEAQ -1(R12)(R8*1), R13 // the last byte, which may be of another line
ahead:
	PREFETCHT0 (R12)
	ADDQ $64, R12
	CMPQ R12, R13
	JB   ahead
	PREFETCHT0 (R13)
copy:
	MOVLQSX (DX), R11
	MOVQ (R15)(R11*8), AX
	MOVQ AX, (CX)
	ADDQ $8, CX
	IMULQ R8, R11
	ADDQ SI, R11
	LEAQ (R11)(R8*1), R10
	LEAQ 16(R11), R9
	CMPQ R9, R10
	JA   tail
pair:
	MOVUPS (R11), X0
	MOVUPS X0, (DI)
	ADDQ $16, R11
	ADDQ $16, DI
	LEAQ 16(R11), R9
	CMPQ R9, R10
	JBE  pair
tail:
	CMPQ R11, R10
	JAE  next
	MOVQ (R11), AX
	MOVQ AX, (DI)
	ADDQ $8, DI
next:
	ADDQ $4, DX
	CMPQ DX, R14
	JB   row
done:
	RET

#include "textflag.h"

// bin512 finds the codes of 256 values, eight at a time: the place of each in the
// table over leading bits, the code that the table has there, and steps comparisons
// with the thresholds that follow. It is codes, in kernel_amd64.go, by vectors.
TEXT ·bin512(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), DI
	MOVQ 0(DI), R8   // cuts
	MOVQ 8(DI), R9   // start
	MOVQ 16(DI), SI  // x
	MOVQ 24(DI), DX  // out
	MOVQ 32(DI), R10 // nan
	VPBROADCASTQ 40(DI), Z20
	VPBROADCASTQ 48(DI), Z21
	VPBROADCASTQ 56(DI), Z22
	VPBROADCASTQ 64(DI), Z23
	VPBROADCASTQ 72(DI), Z24
	VMOVQ 80(DI), X25
	MOVQ 88(DI), R11 // steps
	MOVQ $1, AX
	VPBROADCASTQ AX, Z26
	MOVQ $0xFFFF, AX
	VPBROADCASTQ AX, Z27
	MOVQ $32, CX

eight:
	VMOVUPD (SI), Z0
	VCMPPD  $3, Z0, Z0, K1
	KMOVB   K1, AX
	MOVB    AX, (R10)
	VPXORQ  Z0, Z0, K1, Z0    // NaN as 0

	// Integers that rise with the values, and their leading bits.
	VPSRAQ $63, Z0, Z1
	VPSRLQ $1, Z1, Z1
	VPXORQ Z0, Z1, Z1
	VPSRAQ X25, Z1, Z1

	VPMAXSQ Z20, Z1, Z2
	VPMINSQ Z21, Z2, Z2
	VPMAXSQ Z22, Z1, Z3
	VPMINSQ Z23, Z3, Z3
	VPADDQ  Z2, Z3, Z2
	VPADDQ  Z24, Z2, Z2
	VPSRAQ  $63, Z1, Z1
	VPADDQ  Z1, Z2, Z2

	KXNORB     K2, K2, K2
	VPGATHERQQ (R9)(Z2*2), K2, Z4
	VPANDQ     Z27, Z4, Z4
	MOVQ       R11, BX
	TESTQ      BX, BX
	JZ         done

step:
	KXNORB     K2, K2, K2
	VGATHERQPD (R8)(Z4*8), K2, Z5
	VCMPPD     $1, Z0, Z5, K3     // threshold < value
	VPADDQ     Z26, Z4, K3, Z4
	DECQ       BX
	JNZ        step

done:
	VPMOVQB Z4, (DX)
	ADDQ    $64, SI
	ADDQ    $8, DX
	INCQ    R10
	DECQ    CX
	JNZ     eight
	VZEROUPPER
	RET

// func patch512(to, from *[chunk]uint8, where *words, value uint8)
TEXT ·patch512(SB), NOSPLIT, $0-25
	MOVQ to+0(FP), DI
	MOVQ from+8(FP), SI
	MOVQ where+16(FP), DX
	VPBROADCASTB value+24(FP), Z1
	KMOVQ 0(DX), K1
	KMOVQ 8(DX), K2
	KMOVQ 16(DX), K3
	KMOVQ 24(DX), K4
	VMOVDQU64 0(SI), Z2
	VMOVDQU64 64(SI), Z3
	VMOVDQU64 128(SI), Z4
	VMOVDQU64 192(SI), Z5
	VMOVDQU8 Z1, K1, Z2
	VMOVDQU8 Z1, K2, Z3
	VMOVDQU8 Z1, K3, Z4
	VMOVDQU8 Z1, K4, Z5
	VMOVDQU64 Z2, 0(DI)
	VMOVDQU64 Z3, 64(DI)
	VMOVDQU64 Z4, 128(DI)
	VMOVDQU64 Z5, 192(DI)
	VZEROUPPER
	RET

// func expand512(to *[chunk]uint8, mask *words)
TEXT ·expand512(SB), NOSPLIT, $0-16
	MOVQ to+0(FP), DI
	MOVQ mask+8(FP), DX
	KMOVQ 0(DX), K1
	KMOVQ 8(DX), K2
	KMOVQ 16(DX), K3
	KMOVQ 24(DX), K4
	VPMOVM2B K1, Z2
	VPMOVM2B K2, Z3
	VPMOVM2B K3, Z4
	VPMOVM2B K4, Z5
	VMOVDQU64 Z2, 0(DI)
	VMOVDQU64 Z3, 64(DI)
	VMOVDQU64 Z4, 128(DI)
	VMOVDQU64 Z5, 192(DI)
	VZEROUPPER
	RET

// VALUES looks up the values of 64 leaf numbers byte by byte, joins the bytes to
// float64 and adds them to eight registers. Register q holds, in each quarter L, the
// rows 16L + 2q and the next.
#define VALUES(NUMBERS, A0, A1, A2, A3, A4, A5, A6, A7) \
	VPERMB     0(R11), NUMBERS, Z2;   \
	VPERMB     64(R11), NUMBERS, Z3;  \
	VPERMB     128(R11), NUMBERS, Z4; \
	VPERMB     192(R11), NUMBERS, Z5; \
	VPERMB     256(R11), NUMBERS, Z6; \
	VPERMB     320(R11), NUMBERS, Z7; \
	VPERMB     384(R11), NUMBERS, Z8; \
	VPERMB     448(R11), NUMBERS, Z9; \
	VPUNPCKLBW Z3, Z2, Z10;           \
	VPUNPCKHBW Z3, Z2, Z11;           \
	VPUNPCKLBW Z5, Z4, Z12;           \
	VPUNPCKHBW Z5, Z4, Z13;           \
	VPUNPCKLBW Z7, Z6, Z14;           \
	VPUNPCKHBW Z7, Z6, Z15;           \
	VPUNPCKLBW Z9, Z8, Z2;            \
	VPUNPCKHBW Z9, Z8, Z3;            \
	VPUNPCKLWD Z12, Z10, Z4;          \
	VPUNPCKHWD Z12, Z10, Z5;          \
	VPUNPCKLWD Z2, Z14, Z6;           \
	VPUNPCKHWD Z2, Z14, Z7;           \
	VPUNPCKLWD Z13, Z11, Z8;          \
	VPUNPCKHWD Z13, Z11, Z9;          \
	VPUNPCKLWD Z3, Z15, Z10;          \
	VPUNPCKHWD Z3, Z15, Z12;          \
	VPUNPCKLDQ Z6, Z4, Z2;            \
	VPUNPCKHDQ Z6, Z4, Z3;            \
	VPUNPCKLDQ Z7, Z5, Z11;           \
	VPUNPCKHDQ Z7, Z5, Z13;           \
	VADDPD     Z2, A0, A0;            \
	VADDPD     Z3, A1, A1;            \
	VADDPD     Z11, A2, A2;           \
	VADDPD     Z13, A3, A3;           \
	VPUNPCKLDQ Z10, Z8, Z2;           \
	VPUNPCKHDQ Z10, Z8, Z3;           \
	VPUNPCKLDQ Z12, Z9, Z11;          \
	VPUNPCKHDQ Z12, Z9, Z13;          \
	VADDPD     Z2, A4, A4;            \
	VADDPD     Z3, A5, A5;            \
	VADDPD     Z11, A6, A6;           \
	VADDPD     Z13, A7, A7

// STORE writes a register of VALUES to its rows.
#define STORE(A, AT) \
	VEXTRACTF32X4 $0, A, (AT)(R12);     \
	VEXTRACTF32X4 $1, A, (AT+128)(R12); \
	VEXTRACTF32X4 $2, A, (AT+256)(R12); \
	VEXTRACTF32X4 $3, A, (AT+384)(R12)

// walk512 scores 128 rows: a byte a row and node, 64 rows a register.
TEXT ·walk512(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), DI
	MOVQ 0(DI), SI   // codes
	MOVQ 8(DI), BX   // slots
	MOVQ 16(DI), R8  // nodes
	MOVQ 24(DI), R9  // counts
	MOVQ 32(DI), R10 // trees
	MOVQ 40(DI), R11 // planes
	MOVQ 56(DI), R12 // sums
	VPXORQ Z16, Z16, Z16
	VPXORQ Z17, Z17, Z17
	VPXORQ Z18, Z18, Z18
	VPXORQ Z19, Z19, Z19
	VPXORQ Z20, Z20, Z20
	VPXORQ Z21, Z21, Z21
	VPXORQ Z22, Z22, Z22
	VPXORQ Z23, Z23, Z23
	VPXORQ Z24, Z24, Z24
	VPXORQ Z25, Z25, Z25
	VPXORQ Z26, Z26, Z26
	VPXORQ Z27, Z27, Z27
	VPXORQ Z28, Z28, Z28
	VPXORQ Z29, Z29, Z29
	VPXORQ Z30, Z30, Z30
	VPXORQ Z31, Z31, Z31

tree:
	MOVL   (R9), CX
	LEAQ   8192(BX), DX
	VPXORQ Z0, Z0, Z0
	VPXORQ Z1, Z1, Z1
	TESTL  CX, CX
	JZ     values

node:
	MOVL         0(R8), AX
	VPBROADCASTB 4(R8), Z2
	MOVL         8(R8), R13
	MOVL         12(R8), R14
	VPCMPUB      $1, 0(SI)(AX*1), Z2, K1  // cut < code
	VPCMPUB      $1, 64(SI)(AX*1), Z2, K2
	VMOVDQU64    0(BX)(R13*1), Z0
	VMOVDQU64    64(BX)(R13*1), Z1
	VMOVDQU8     0(BX)(R14*1), K1, Z0
	VMOVDQU8     64(BX)(R14*1), K2, Z1
	VMOVDQU64    Z0, 0(DX)
	VMOVDQU64    Z1, 64(DX)
	ADDQ         $16, R8
	ADDQ         $128, DX
	DECL         CX
	JNZ          node

values:
	VALUES(Z0, Z16, Z17, Z18, Z19, Z20, Z21, Z22, Z23)
	VALUES(Z1, Z24, Z25, Z26, Z27, Z28, Z29, Z30, Z31)
	ADDQ $512, R11
	ADDQ $4, R9
	DECQ R10
	JNZ  tree

	STORE(Z16, 0)
	STORE(Z17, 16)
	STORE(Z18, 32)
	STORE(Z19, 48)
	STORE(Z20, 64)
	STORE(Z21, 80)
	STORE(Z22, 96)
	STORE(Z23, 112)
	STORE(Z24, 512)
	STORE(Z25, 528)
	STORE(Z26, 544)
	STORE(Z27, 560)
	STORE(Z28, 576)
	STORE(Z29, 592)
	STORE(Z30, 608)
	STORE(Z31, 624)
	VZEROUPPER
	RET

// CHOOSE is a node's work on 32 rows.
#define CHOOSE(AT, TO) \
	VMOVDQU   AT(SI)(AX*1), Y3;           \
	VPMINUB   Y2, Y3, Y4;                 \
	VPCMPEQB  Y3, Y4, Y4;                 \
	VMOVDQU   AT(BX)(R14*1), Y5;          \
	VPBLENDVB Y4, AT(BX)(R13*1), Y5, TO;  \
	VMOVDQU   TO, AT(DX)

// walk256 numbers the leaves of 128 rows for every tree.
TEXT ·walk256(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), DI
	MOVQ 0(DI), SI   // codes
	MOVQ 8(DI), BX   // slots
	MOVQ 16(DI), R8  // nodes
	MOVQ 24(DI), R9  // counts
	MOVQ 32(DI), R10 // trees
	MOVQ 48(DI), R12 // leaves

tree:
	MOVL  (R9), CX
	LEAQ  8192(BX), DX
	VPXOR Y6, Y6, Y6
	VPXOR Y7, Y7, Y7
	VPXOR Y8, Y8, Y8
	VPXOR Y9, Y9, Y9
	TESTL CX, CX
	JZ    leaves

node:
	MOVL         0(R8), AX
	VPBROADCASTB 4(R8), Y2
	MOVL         8(R8), R13
	MOVL         12(R8), R14
	CHOOSE(0, Y6)
	CHOOSE(32, Y7)
	CHOOSE(64, Y8)
	CHOOSE(96, Y9)
	ADDQ         $16, R8
	ADDQ         $128, DX
	DECL         CX
	JNZ          node

leaves:
	VMOVDQU Y6, 0(R12)
	VMOVDQU Y7, 32(R12)
	VMOVDQU Y8, 64(R12)
	VMOVDQU Y9, 96(R12)
	ADDQ    $128, R12
	ADDQ    $4, R9
	DECQ    R10
	JNZ     tree
	VZEROUPPER
	RET
